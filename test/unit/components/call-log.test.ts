import { describe, expect, it } from 'vitest';
import { CallLog, type ComponentRef } from '../../../src/core/call-log.ts';

const DATABASE: ComponentRef = { kind: 'database', name: 'postgresql' };
const EMBEDDING: ComponentRef = { kind: 'embedding', name: 'embedder' };

function run(
  log: CallLog,
  component: ComponentRef,
  from: number,
  to: number,
  source: 'channel' | 'span' = 'span',
): void {
  const call = log.begin(component, source, from);
  if (call !== undefined) log.end(call, to, false);
}

describe('the log of component calls', () => {
  it('parallel queries: counts the time of calls that run at once only once', () => {
    const log = new CallLog();
    const queries = [10, 11, 12].map((from) => log.begin(DATABASE, 'span', from));
    for (const [index, query] of queries.entries()) if (query !== undefined) log.end(query, 20 + index, false);
    const { components, busyMs } = log.close(0, 100);
    expect(components).toEqual([
      {
        component: DATABASE,
        busyMs: 12,
        calls: { channel: 0, span: 3, code: 0 },
        errors: { channel: 0, span: 0, code: 0 },
      },
    ]);
    expect(busyMs).toBe(12);
  });

  it('parallel components: each has its own time, and what they share is counted once in the total', () => {
    const log = new CallLog();
    const query = log.begin(DATABASE, 'span', 10);
    const vector = log.begin(EMBEDDING, 'channel', 15);
    if (query !== undefined) log.end(query, 30, false);
    if (vector !== undefined) log.end(vector, 50, false);
    const { components, busyMs } = log.close(0, 100);
    expect(components.map((each) => each.busyMs)).toEqual([20, 35]);
    expect(busyMs).toBe(40);
  });

  it('double reporting: a channel and a span of the same call take its time once', () => {
    const log = new CallLog();
    const seen = log.begin(DATABASE, 'channel', 10);
    const spanned = log.begin(DATABASE, 'span', 10.2);
    if (spanned !== undefined) log.end(spanned, 19.8, true);
    if (seen !== undefined) log.end(seen, 20, true);
    const [time] = log.close(0, 100).components;
    expect(time?.busyMs).toBe(10);
    expect(time?.calls).toEqual({ channel: 1, span: 1, code: 0 });
    expect(time?.errors).toEqual({ channel: 1, span: 1, code: 0 });
  });

  it('counts a call that still runs at the end up to the end, and one that ends twice once', () => {
    const log = new CallLog();
    const call = log.begin(DATABASE, 'span', 10);
    const other = log.begin(EMBEDDING, 'span', 20);
    if (other !== undefined) {
      log.end(other, 25, false);
      log.end(other, 60, true);
    }
    const totals = log.close(0, 50);
    expect(totals.components.map(({ busyMs }) => busyMs)).toEqual([40, 5]);
    expect(totals.components[1]?.errors.span).toBe(0);
    if (call !== undefined) log.end(call, 70, true);
    expect(log.close(0, 1000)).toBe(totals);
    expect(totals.components[0]?.errors.span).toBe(0);
  });

  it('holds 256 calls at once and counts the rest without their time', () => {
    const log = new CallLog();
    for (let index = 0; index < 300; index += 1) log.begin(DATABASE, 'span', index);
    run(log, EMBEDDING, 300, 400);
    const { components, busyMs } = log.close(0, 500);
    expect(components.map(({ calls }) => calls.span)).toEqual([300, 1]);
    expect(busyMs).toBe(500);
    expect(components[1]?.busyMs).toBe(0);
  });
});
