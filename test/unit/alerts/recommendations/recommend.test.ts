import { describe, expect, test } from 'vitest';
import { CallBook, type FinishedCall } from '../../../../src/alerts/recommendations/call-book.ts';
import { recommend } from '../../../../src/alerts/recommendations/recommend.ts';
import { recommendForLoop } from '../../../../src/alerts/recommendations/recommend-loop.ts';
import type { Recommendation } from '../../../../src/core/model/health.ts';
import type { Snapshot } from '../../../../src/core/model/snapshot.ts';
import { verifies } from '../../../support/verifies.ts';
import { call, type Part } from './calls.ts';

const TOOL = 'tools/call search';

/** 60 normal calls, then 30 slow ones a second apart from each other, and what is recommended then. */
function advise(
  slow: (at: number) => FinishedCall,
  options: { observed?: number; before?: (book: CallBook) => void } = {},
): Recommendation[] {
  const book = new CallBook();
  let at = 0;
  for (let n = 0; n < 60; n++) {
    at += 500;
    book.finished(
      book.operation(TOOL),
      call(
        at,
        1,
        [
          ['database', 'db', 4],
          ['embedding', 'e', 5],
        ],
        2,
      ),
    );
    book.settle(at);
  }
  book.setLevels(TOOL, { medianMs: 12, p95Ms: 15, objectiveMs: 100 });
  options.before?.(book);
  for (let n = 0; n < 30; n++) {
    at += 500;
    book.finished(book.operation(TOOL), slow(at));
    book.settle(at);
  }
  book.setLevels(TOOL, { medianMs: 12, p95Ms: 300, objectiveMs: 100 });
  book.settle(at + 10_000);
  const comparison = book.compare(TOOL, at + 10_000);
  return recommend(comparison === undefined ? [] : [comparison], figures(options.observed ?? 0.3));
}

function figures(observed: number): Pick<Snapshot, 'objectives' | 'operations'> {
  const state = observed > 0.1 ? 'breached' : 'met';
  const objective = {
    id: `${TOOL} p95`,
    indicator: 'latency',
    operation: TOOL,
    quantile: 0.95,
    target: 0.1,
    observed,
    state,
  };
  return { objectives: [{ ...objective, samples: 90, breaches: 9, budget: undefined }], operations: [] } as never;
}

describe('a recommendation', () => {
  test.each<[string, readonly Part[], number, number, string]>([
    [
      'the database',
      [
        ['database', 'db', 204],
        ['embedding', 'e', 5],
      ],
      1,
      2,
      'database db',
    ],
    [
      'the embedding service',
      [
        ['database', 'db', 6],
        ['embedding', 'e', 205],
      ],
      1,
      2,
      'embedding e',
    ],
    [
      'a cache normal calls never wait for',
      [
        ['cache', 'c', 200],
        ['database', 'db', 4],
      ],
      1,
      2,
      'cache c',
    ],
    [
      'the queue',
      [
        ['database', 'db', 4],
        ['embedding', 'e', 5],
      ],
      201,
      2,
      'queue',
    ],
    [
      'own code that waits',
      [
        ['database', 'db', 4],
        ['embedding', 'e', 5],
      ],
      1,
      202,
      'own code',
    ],
  ])('names %s, its share of the difference and the time without it', (_name, components, queueMs, ownMs, culprit) => {
    verifies('OPT-01');
    const [first] = advise((at) => call(at, queueMs, components, ownMs));

    expect(first).toMatchObject({ severity: 'critical', operation: TOOL, culprit });
    expect(first?.share).toBeGreaterThan(0.9);
    expect(first?.withoutSeconds).toBeLessThan(0.03);
    expect(first?.evidence).toMatch(
      /^30 slow calls take 2\d\d ms on average, 60 normal ones 12 ms; \d+ % of the difference is /,
    );
    expect(first?.advice.length).toBeGreaterThan(30);
  });

  test('follows the figures and never the names: with the names exchanged it names the other one', () => {
    verifies('OPT-01');
    const [first] = advise((at) =>
      call(
        at,
        1,
        [
          ['database', 'slow query timeout', 4],
          ['http', 'perfectly fine', 205],
        ],
        2,
      ),
    );
    expect(first?.culprit).toBe('http perfectly fine');
  });

  test('charges the queue to what slowed the work, when the work itself has become slow', () => {
    const [first, second] = advise((at) =>
      call(
        at,
        150,
        [
          ['database', 'db', 204],
          ['embedding', 'e', 5],
        ],
        2,
      ),
    );
    expect(first).toMatchObject({
      culprit: 'database db',
      evidence: expect.stringContaining('with the queueing it causes'),
    });
    expect(first?.share).toBeGreaterThan(0.95);
    expect(second).toBeUndefined();
  });

  test('names two causes where both matter', () => {
    const found = advise((at) =>
      call(
        at,
        1,
        [
          ['database', 'db', 104],
          ['embedding', 'e', 85],
        ],
        2,
      ),
    );
    expect(found.map(({ culprit }) => culprit)).toEqual(['database db', 'embedding e']);
    expect(found[0]!.share + found[1]!.share).toBeCloseTo(1, 1);
  });

  test('is only a warning below twice the objective, and there is none while the objective is met and nothing unusual', () => {
    expect(advise((at) => call(at, 1, [['database', 'db', 150]], 2), { observed: 0.15 })[0]?.severity).toBe('warning');
    expect(advise((at) => call(at, 1, [['database', 'db', 150]], 2), { observed: 0.05 })).toEqual([]);
  });

  test('says garbage collection when the loop stood still for that during the calls', () => {
    verifies('OPT-01');
    const [first] = advise((at) => call(at, 1, [['database', 'db', 4]], 200), {
      before: (book) => {
        for (let n = 0; n < 30; n++) book.loop.collected(30_000 + 500 * (n + 1) + 10, 180);
      },
    });
    expect(first?.culprit).toBe('garbage collection');
  });

  test('says computing when the call itself kept the loop, and event loop when nobody known did', () => {
    verifies('OPT-01');
    const block = (from: number, to: number) => (book: CallBook) => {
      for (let n = 0; n < 30; n++) book.loop.blocked(30_000 + 500 * (n + 1) + from, 30_000 + 500 * (n + 1) + to);
    };
    // Its code ends while the loop stands still: nobody else can have run.
    expect(advise((at) => call(at, 1, [], 200), { before: block(5, 205) })[0]?.culprit).toBe('own code, computing');
    // It waited for the embedding service, whose answer lay there unread.
    expect(advise((at) => call(at, 1, [['embedding', 'e', 200]], 20), { before: block(5, 190) })[0]?.culprit).toBe(
      'event loop',
    );
  });

  test('says that there was no processor where nobody kept the loop and the process waited for one', () => {
    verifies('OPT-01');
    const starve = (to: number) => (book: CallBook) => {
      for (let n = 0; n < 30; n++) book.loop.blocked(30_000 + 500 * (n + 1) + 5, 30_000 + 500 * (n + 1) + to, 170);
    };
    const [first] = advise((at) => call(at, 1, [['embedding', 'e', 200]], 20), { before: starve(190) });
    expect(first?.culprit).toBe('wait for a processor');
    expect(first?.advice).toContain('CPU limit');
    // Its own work takes longer on a crowded machine, and is still what to look at.
    expect(advise((at) => call(at, 1, [], 200), { before: starve(205) })[0]?.culprit).toBe('own code, computing');
  });

  test('ranks a loop that stands still among the operations by the time requests lose to either', () => {
    verifies('OPT-01');
    const book = new CallBook();
    for (let n = 1; n <= 40; n++) {
      book.finished(book.operation(TOOL), call(n * 500, 1, [['database', 'db', n > 30 ? 150 : 10]], 2));
      book.settle(n * 500);
      if (n === 30) book.setLevels(TOOL, { medianMs: 13, p95Ms: 13, objectiveMs: 100 });
    }
    book.setLevels(TOOL, { medianMs: 13, p95Ms: 153, objectiveMs: 100 });
    book.settle(60_000);
    const comparison = book.compare(TOOL, 25_000)!;
    const advised = (meanSeconds: number, standsStillMs: number) => {
      const snapshot = figures(0.15);
      const operations = [{ name: TOOL, ratePerSecond: 2, latency: { mean: meanSeconds, quantiles: [] } }];
      const log = new CallBook().loop;
      for (let n = 1; n <= 20; n++) log.blocked(n * 1000, n * 1000 + standsStillMs);
      log.settle(60_000);
      const loop = recommendForLoop(log.standstill(0), 20_000, 2);
      return recommend([comparison], { ...snapshot, operations } as never, loop).map(({ culprit }) => culprit);
    };
    // 35 ms of each request against 45, and against 5: half of 300 ms for three in ten, of 100 ms for one in ten.
    expect(advised(0.048, 300)).toEqual(['event loop', 'database db']);
    expect(advised(0.048, 100)).toEqual(['database db', 'event loop']);
  });

  test('compares with nothing where every call is slow, and says so', () => {
    const book = new CallBook();
    for (let n = 1; n <= 40; n++) {
      book.finished(book.operation(TOOL), call(n * 500, 1, [['database', 'db', 300]], 2));
      book.settle(n * 500);
    }
    book.setLevels(TOOL, { medianMs: 303, p95Ms: 305, objectiveMs: 100 });
    book.settle(60_000);
    const [first] = recommend([book.compare(TOOL, 25_000)!], figures(0.3));
    expect(first).toMatchObject({ culprit: 'database db', evidence: expect.stringContaining('no faster ones') });
  });

  test('stays bounded with any number of operations, components and calls', () => {
    const book = new CallBook();
    for (let n = 0; n < 5_000; n++) {
      book.finished(book.operation(`tools/call ${n % 200}`), call(n * 50, 1, [['http', `h${n % 70}`, 4]], 2));
      if (n % 20 === 0) book.settle(n * 50);
    }
    expect([...book.operations()]).toHaveLength(50);
  });
});
