import { setTimeout as delay } from 'node:timers/promises';
import { ROOT_CONTEXT } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import { afterEach, describe, expect, it } from 'vitest';
import { ComponentRegistry } from '../../../src/components/time/component-registry.ts';
import { createTiming } from '../../../src/components/timers/timing.ts';
import type { Operation } from '../../../src/mcp/operation.ts';
import { OperationTracker } from '../../../src/sdk/component-tracker.ts';
import { VitalsContextManager } from '../../../src/sdk/context-manager.ts';
import { OperationContext, SPAN_KEY } from '../../../src/sdk/operation-context.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { verifies } from '../../support/verifies.ts';
import { operationOf } from '../mcp/operations.ts';

const contexts = new VitalsContextManager();
const clock = new FakeClock();
let operation = operationOf();
const tracker = new OperationTracker({
  registry: new ComponentRegistry(50),
  contexts,
  now: () => clock.now(),
  guard: (fn) => fn(),
});
const vitals = createTiming(() => tracker, clock);

afterEach(() => {
  operation = operationOf();
});

/** Runs a handler as the operation's, and answers `kind name: milliseconds, calls, errors` of each component. */
async function during(handler: () => unknown, whose: Operation = operation): Promise<string[]> {
  const from = clock.now();
  await contexts.run(new OperationContext(ROOT_CONTEXT, whose), async () => await handler());
  const { components = [] } = whose.calls?.close(from, clock.now()) ?? {};
  return components.map(({ component: { kind, name }, busyMs, calls, errors }) => {
    const sum = (counts: typeof calls): number => counts.channel + counts.span + counts.code;
    return `${kind} ${name}: ${busyMs} ms, ${sum(calls)} calls, ${sum(errors)} errors`;
  });
}

const provider = new TracerProvider({
  spanProcessors: [
    {
      onStart: (span, parent) => tracker.spanStarted(span, parent),
      onEnd: (span) => tracker.spanEnded(span),
      forceFlush: async () => {},
      shutdown: async () => {},
    },
  ],
});
const tracer = provider.getTracer('test');
const query = (ms: number, fail = false): void => {
  const span = tracer.startSpan('q', { kind: 2, attributes: { 'db.system.name': 'postgresql' } }, contexts.active());
  clock.advance(ms);
  if (fail) span.setStatus({ code: 2 });
  span.end();
};

describe('timing in code', () => {
  verifies('LAT-09');

  it('track counts a call of a component and answers what the function answers', async () => {
    const seen = await during(() => {
      const answer = vitals.track('database:orders', 'find', () => {
        clock.advance(7);
        return 42;
      });
      expect(answer).toBe(42);
    });
    expect(seen).toEqual(['database orders: 7 ms, 1 calls, 0 errors']);
  });

  it('track waits for promises, and a rejection stays the one it was', async () => {
    const failure = new Error('refused');
    const seen = await during(async () => {
      const promise = vitals.track('reranker', 'rank', async () => {
        await delay(0);
        clock.advance(5);
        throw failure;
      });
      await expect(promise).rejects.toBe(failure);
      clock.advance(100);
    });
    expect(seen).toEqual(['custom reranker: 5 ms, 1 calls, 1 errors']);
  });

  it('track lets what is thrown through, and does not take a caller who gives up for a failure', async () => {
    const seen = await during(() => {
      const thrower = (error: unknown) => () => {
        throw error;
      };
      expect(() => vitals.track('cache', 'get', thrower(new RangeError('x')))).toThrow(RangeError);
      expect(() => vitals.track('cache', 'get', thrower(undefined))).toThrow();
      const aborted = Object.assign(new Error('gone'), { name: 'AbortError' });
      expect(() => vitals.track('cache', 'get', thrower(aborted))).toThrow('gone');
    });
    expect(seen).toEqual(['cache cache: 0 ms, 3 calls, 2 errors']);
  });

  it('track does not touch a thenable that may start its work when it is asked', async () => {
    let asked = 0;
    // biome-ignore lint/suspicious/noThenProperty: this is what query builders look like
    const builder = { then: () => (asked += 1) };
    await during(() => {
      expect(vitals.track('database', 'build', () => builder)).toBe(builder);
    });
    expect(asked).toBe(0);
  });

  it('stage shows a part of the own code, in which components stand for themselves', async () => {
    const seen = await during(() =>
      vitals.stage('retrieve', () => {
        clock.advance(10);
        vitals.track('database', 'find', () => clock.advance(20));
      }),
    );
    expect(seen).toEqual(['custom retrieve: 30 ms, 1 calls, 0 errors', 'database database: 20 ms, 1 calls, 0 errors']);
  });

  it('a timer ends once, by end or at the end of its block', async () => {
    const seen = await during(() => {
      const timer = vitals.timer('parse');
      clock.advance(4);
      expect(timer.end()).toBe(0.004);
      clock.advance(50);
      expect(timer.end()).toBe(0.004);
      {
        using _disposed = vitals.timer('render');
        clock.advance(3);
      }
      clock.advance(50);
    });
    expect(seen).toEqual(['custom parse: 4 ms, 1 calls, 0 errors', 'custom render: 3 ms, 1 calls, 0 errors']);
  });

  it('measured tracks a method with its receiver and its arguments, until it is put back', async () => {
    class Store {
      readonly #rows = ['a', 'b'];
      row(index: number): string | undefined {
        clock.advance(2);
        return this.#rows[index];
      }
    }
    const store = new Store();
    const restore = vitals.measured(store, 'row', 'database:store');
    const seen = await during(() => expect([store.row(1), store.row(2)]).toEqual(['b', undefined]));
    expect(seen).toEqual(['database store: 4 ms, 2 calls, 0 errors']);
    restore();
    expect(store.row).toBe(Store.prototype.row);
    expect(() => vitals.measured(store, 'rows' as 'row', 'database')).toThrow(TypeError);
  });

  it('calls straight through where no product runs, outside of operations, and after the operation', async () => {
    const nowhere = createTiming(() => undefined);
    const timer = nowhere.timer('x');
    expect([nowhere.track('a', 'b', () => 1), nowhere.stage('a', () => 2), timer.end() >= 0]).toEqual([1, 2, true]);
    expect(vitals.track('a', 'b', () => 3)).toBe(3);
    operation.finished = true;
    expect(await during(() => vitals.track('a', 'b', () => 4))).toEqual([]);
    expect(operation.calls).toBeUndefined();
  });
});

describe('reports of the same call', () => {
  verifies('LAT-04');

  it('double reporting: a span and a channel within a tracked call are part of that call', async () => {
    const seen = await during(() =>
      vitals.track('database:orders', 'find', () => {
        query(10);
        const call = tracker.begin({ kind: 'http', name: 'db.example.org' }, 'channel');
        expect(call).toBeUndefined();
        clock.advance(5);
      }),
    );
    expect(seen).toEqual(['database orders: 15 ms, 1 calls, 0 errors']);
  });

  it('double reporting: an HTTP request under the active span of a database is part of the query', async () => {
    const seen = await during(() => {
      const attributes = { 'db.system.name': 'opensearch' };
      const span = tracer.startSpan('search', { kind: 2, attributes }, contexts.active());
      contexts.run(contexts.active().setValue(SPAN_KEY, span), () => {
        expect(tracker.begin({ kind: 'http', name: 'search' }, 'channel')).toBeUndefined();
        clock.advance(8);
      });
      span.end();
      expect(tracker.begin({ kind: 'http', name: 'search' }, 'channel')).toBeDefined();
    });
    expect(seen).toEqual(['database opensearch: 8 ms, 1 calls, 0 errors', 'http search: 0 ms, 1 calls, 0 errors']);
  });

  it('what a tracked call leaves behind is a call of its own once that call has ended', async () => {
    const seen = await during(() => {
      let late = (): void => {};
      vitals.track('cache', 'get', () => {
        const context = contexts.active();
        late = () => contexts.run(context, () => query(3, true));
        clock.advance(1);
      });
      late();
    });
    expect(seen).toEqual(['cache cache: 1 ms, 1 calls, 0 errors', 'database postgresql: 3 ms, 1 calls, 1 errors']);
  });

  it('what runs with tracing suppressed is not looked at', async () => {
    expect(await during(() => contexts.run(suppressTracing(contexts.active()), () => query(3)))).toEqual([]);
  });
});
