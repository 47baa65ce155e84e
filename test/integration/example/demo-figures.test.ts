import { describe, expect, test } from 'vitest';
import { compareCounts, computeFigures } from '../../../examples/knowledge-base/demo/figures.js';
import { createMessageCounter } from '../../../examples/knowledge-base/demo/message-counter.js';
import { parseOptions } from '../../../examples/knowledge-base/demo/options.js';
import { formatReport } from '../../../examples/knowledge-base/demo/report.js';
import { formatTable } from '../../../examples/knowledge-base/demo/table.js';

type Measured = Parameters<typeof computeFigures>[0];
const SEARCH = 'tools/call kb.hybrid_search';

/** Ten searches of 10 to 100 ms, seen the same by both sides. */
function measured(): Measured {
  const latencies = Array.from({ length: 10 }, (_, index) => (index + 1) * 10);
  return {
    options: {
      durationSeconds: 0.1,
      ratePerSecond: 100,
      transport: 'stdio',
      json: false,
      exit: true,
      lock: false,
      culprit: undefined,
    },
    calls: latencies.map(() => ({ operation: SEARCH, mistake: false, run: async () => ({}) })),
    load: {
      outcomes: latencies.map((latencyMs, index) => ({
        index,
        latencyMs,
        late: false,
        answer: {},
        failure: undefined,
      })),
      elapsedMs: 100,
      peakInFlight: 4,
    },
    maxInFlight: 50,
    clients: 1,
    sent: new Map([[SEARCH, 10]]),
    during: [],
    knowledgeBase: { documents: 3, chunks: 9, embedding: { cacheHits: 4, cacheMisses: 6, batches: 5 } },
    setting: { command: 'node server.js', url: 'http://127.0.0.1:1', cores: 2, node: '20.0.0' },
    snapshot: {
      timestamp: 1_700_000_000_000,
      windowSeconds: 60,
      operations: [
        {
          name: SEARCH,
          method: 'tools/call',
          target: 'kb.hybrid_search',
          count: 10,
          errors: 1,
          latency: {
            count: 10,
            windowSeconds: 60,
            mean: 0.05,
            quantiles: [
              { quantile: 0.5, seconds: 0.05, samples: 10 },
              { quantile: 0.95, seconds: 0.1, samples: 10 },
              { quantile: 0.99, samples: 10 },
            ],
          },
          stages: [
            { stage: 'execution', count: 10, totalSeconds: 0.4 },
            { stage: 'unattributed', count: 10, totalSeconds: 0.1 },
          ],
        },
      ],
      requests: { active: 0, peak: 4, queued: 0 },
      sessions: { active: 1, started: 1 },
      dropped: {},
    },
  };
}

describe('the figures', () => {
  test('split the execution into components and own code, which add up', () => {
    const split = measured();
    const [search] = split.snapshot.operations as [Measured['snapshot']['operations'][number]];
    const component = (kind: string, totalSeconds: number) => ({
      kind,
      name: kind,
      calls: 10,
      errors: 0,
      totalSeconds,
    });
    search.components = [component('embedding', 0.3), component('database', 0.1)];
    search.componentSeconds = 0.35;

    const { execution } = computeFigures(split).breakdown ?? {};
    const { components = [], ownMs = 0, atTheSameTimeMs = 0, meanMs = 0 } = execution ?? {};
    expect(components.map(({ component: name, meanMs: ms }) => [name, ms])).toEqual([
      ['embedding', 30],
      ['database', 10],
    ]);
    expect(meanMs).toBeCloseTo(40, 9);
    expect(components.reduce((sum, { meanMs: ms }) => sum + ms, ownMs - atTheSameTimeMs)).toBeCloseTo(meanMs, 9);
    expect(formatReport(computeFigures(split))).toMatch(/own code +5\.000 +12\.5 %/);
    expect(formatReport(computeFigures(measured()))).not.toContain('own code');
  });

  test('pass when both sides are within the objective, the counts agree and no answer is wrong', () => {
    const figures = computeFigures(measured());

    expect(figures.passed).toBe(true);
    expect(figures.client.search).toEqual({ samples: 10, meanMs: 55, p50Ms: 50, p95Ms: 100, p99Ms: 100 });
    expect(figures.operations[0]).toMatchObject({
      calls: 10,
      errorRatio: 0.1,
      p50Ms: 50,
      p95Ms: 100,
      p99Ms: undefined,
    });
  });

  test('stages add up to the end-to-end mean and the rest of the client’s time is outside the server', () => {
    const { breakdown } = computeFigures(measured());

    expect(breakdown?.stages.map(({ ratio }) => ratio)).toEqual([0.8, 0.2]);
    expect(breakdown?.sumOfStagesMs).toBeCloseTo(50);
    expect(breakdown).toMatchObject({ endToEndMeanMs: 50, clientMeanMs: 55 });
  });

  test('are of the window of five minutes, where the server has one, so that the short one may be shorter than the load', () => {
    const input = measured();
    const [search] = input.snapshot.operations as [Measured['snapshot']['operations'][number]];
    const long = { ...search.latency, windowSeconds: 300 };
    search.latency = { count: 0, windowSeconds: 10, quantiles: [] };
    input.snapshot.windows = [
      {
        operation: SEARCH,
        windows: [search.latency, long].map((latency) => ({ windowSeconds: latency.windowSeconds, latency })),
      },
    ];
    const figures = computeFigures(input);

    expect(figures).toMatchObject({ passed: true, windowSeconds: 300, operations: [{ p95Ms: 100, samples: 10 }] });
    expect(figures.breakdown?.endToEndMeanMs).toBe(50);
  });

  test.each<[string, (input: Measured) => void]>([
    [
      'the client sees a slower P50 than the objective',
      ({ load }) =>
        load.outcomes.forEach((outcome) => {
          outcome.latencyMs += 51;
        }),
    ],
    [
      'the client sees a slower P95 than the objective',
      ({ load }) => {
        load.outcomes[9]!.latencyMs = 201;
      },
    ],
    [
      'the server measured a slower P95',
      ({ snapshot }) => {
        snapshot.operations[0]!.latency.quantiles[1]!.seconds = 0.201;
      },
    ],
    [
      'there are too few samples to know',
      ({ snapshot }) => {
        delete snapshot.operations[0]!.latency.quantiles[1]!.seconds;
      },
    ],
    [
      'the search was never measured',
      ({ snapshot }) => {
        snapshot.operations = [];
      },
    ],
    [
      'the rate was not reached',
      ({ load }) => {
        load.elapsedMs = 120;
      },
    ],
    [
      'the server counted one call less',
      ({ snapshot }) => {
        snapshot.operations[0]!.count = 9;
      },
    ],
    [
      'a good call was answered as an error',
      ({ load }) => {
        load.outcomes[3]!.answer = { isError: true };
      },
    ],
    [
      'a call failed',
      ({ load }) => {
        load.outcomes[3]!.failure = new Error('closed');
      },
    ],
    [
      'a mistake was answered as a success',
      ({ calls }) => {
        calls[3]!.mistake = true;
      },
    ],
  ])('do not pass when %s', (_, change) => {
    const input = measured();
    change(input);

    expect(computeFigures(input).passed).toBe(false);
  });

  test('name the operation whose counts differ', () => {
    const { snapshot } = measured();

    expect(
      compareCounts(
        new Map([
          [SEARCH, 10],
          ['ping', 2],
        ]),
        snapshot,
      ),
    ).toEqual({
      equal: false,
      total: 12,
      differences: [{ operation: 'ping', client: 2, server: 0 }],
    });
  });
});

describe('the report', () => {
  test('says what was met, withholds a percentile without enough samples and shows stages that add up', () => {
    const report = formatReport(computeFigures(measured()));

    expect(report).toContain('client included: MET');
    expect(report).toMatch(/tools\/call kb\.hybrid_search +10 +10\.0 % +50\.0 +100 +– +10\n/);
    expect(report).toMatch(/execution +40\.000 +80\.0 %/);
    expect(report).toMatch(/sum of stages +50\.000 +100\.0 %/);
    expect(report).toContain('http://127.0.0.1:1/metrics');
  });

  test('says what was missed and what differs', () => {
    const input = measured();
    input.load.outcomes[9]!.latencyMs = 250;
    input.sent.set('ping', 2);
    const report = formatReport(computeFigures(input));

    expect(report).toContain('client included: MISSED');
    expect(report).toMatch(/P95, seen by the client +250 ms +≤ 200 ms +MISSED/);
    expect(report).toContain('ping: 2 sent, 0 measured');
  });

  test('tables line up', () => {
    const table = formatTable(
      [{ title: 'name' }, { title: 'n', align: 'right' }],
      [
        ['long name', '7'],
        ['x', '1000'],
      ],
    );

    expect(table.split('\n')).toEqual([
      '  name          n',
      '  ─────────  ────',
      '  long name     7',
      '  x          1000',
    ]);
  });
});

test('the message counter counts requests and notifications by operation, unknown names together', async () => {
  const counter = createMessageCounter();
  const transport = { start: async () => {}, close: async () => {}, send: async () => {} };
  counter.attach(transport);
  const send = transport.send as (message: object) => Promise<void>;
  await send({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'known' } });
  await send({ jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name: 'made up' } });
  await send({ jsonrpc: '2.0', id: 3, method: 'tools/call', params: { name: 'made up, too' } });
  await send({ jsonrpc: '2.0', method: 'notifications/initialized' });
  await send({ jsonrpc: '2.0', id: 9, result: {} });

  expect(Object.fromEntries(counter.counts(new Set(['known'])))).toEqual({
    'tools/call known': 1,
    'tools/call _OTHER': 2,
    'notifications/initialized': 1,
  });
});

describe('the options', () => {
  test('default to twenty seconds of a hundred calls a second over stdio', () => {
    expect(parseOptions([])).toEqual({
      durationSeconds: 20,
      ratePerSecond: 100,
      transport: 'stdio',
      json: false,
      exit: false,
      lock: true,
    });
  });

  test.each([
    [['--rate', '0'], '--rate must be a number above 0'],
    [['--duration', 'long'], '--duration must be a number'],
    [['--transport', 'carrier-pigeon'], '--transport must be stdio or http'],
    [['--nonsense'], 'nonsense'],
  ])('%j are refused with the reason', (args, reason) => {
    expect(() => parseOptions(args)).toThrow(reason);
  });
});
