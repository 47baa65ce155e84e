import { describe, expect, it } from 'vitest';
import type { JsonRpcMessage, TransportLike } from '../../../src/mcp/sdk-shapes.ts';
import { SerializationMeter } from '../../../src/mcp/serialization.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { operationOf } from './operations.ts';

type Send = TransportLike['send'];
const transport = {} as TransportLike;

function meter(): { meter: SerializationMeter; json: Pick<JSON, 'stringify'>; clock: FakeClock } {
  const clock = new FakeClock();
  const created = new SerializationMeter(() => clock.now());
  const json = { stringify: JSON.stringify };
  created.install(json);
  return { meter: created, json, clock };
}

/** A response whose serialisation takes 4 ms of the given clock. */
function slowMessage(clock: FakeClock, text = 'ü'): JsonRpcMessage {
  const toJSON = (): string => {
    clock.advance(4);
    return text;
  };
  return { jsonrpc: '2.0', id: 1, result: { value: { toJSON } } };
}

describe('the serialisation of a response', () => {
  it('is timed and its size in bytes is taken', () => {
    const { meter: watched, json, clock } = meter();
    const message = slowMessage(clock);
    const operation = operationOf();
    let sent = '';
    const send: Send = (value) => {
      sent = `${json.stringify(value)}\n`;
      return Promise.resolve();
    };
    void watched.watch(operation, message, send, transport, undefined);
    expect(operation.serializationMs).toBe(4);
    expect(operation.sentBytes).toBe(Buffer.byteLength(sent) - 1);
    expect(sent).toBe('{"jsonrpc":"2.0","id":1,"result":{"value":"ü"}}\n');
  });

  it('is found when it happens after send has returned, until the response is forgotten', async () => {
    const { meter: watched, json, clock } = meter();
    const message = slowMessage(clock);
    const operation = operationOf();
    const send: Send = async (value) => {
      await Promise.resolve();
      return json.stringify(value);
    };
    await watched.watch(operation, message, send, transport, undefined);
    expect([operation.serializationMs, operation.sentBytes > 0]).toEqual([4, true]);
    watched.forget(message);
    json.stringify(message);
    expect(operation.serializationMs).toBe(4);
  });

  it('of a batch counts for the response that completes it', () => {
    const { meter: watched, json, clock } = meter();
    const message = slowMessage(clock);
    const operation = operationOf();
    const batch: Send = (value) => Promise.resolve(json.stringify([{ id: 0 }, value]));
    void watched.watch(operation, message, batch, transport, undefined);
    expect([operation.serializationMs, operation.sentBytes > 0]).toEqual([4, true]);
  });

  it('of anything else is not measured, also while a response is sent', () => {
    const { meter: watched, json, clock } = meter();
    const operation = operationOf();
    const other: Send = () => Promise.resolve(json.stringify({ id: 1, result: slowMessage(clock).result }));
    void watched.watch(operation, { id: 1 }, other, transport, undefined);
    expect([operation.serializationMs, operation.sentBytes]).toEqual([0, 0]);
  });

  it('nests: sending while sending is told apart', () => {
    const { meter: watched, json, clock } = meter();
    const [outer, inner] = [operationOf(), operationOf()];
    const outerMessage = slowMessage(clock, 'outer');
    const innerMessage = slowMessage(clock, 'the inner one');
    const sendInner: Send = (value) => Promise.resolve(json.stringify(value));
    const sendOuter: Send = (value) => {
      void watched.watch(inner, innerMessage, sendInner, transport, undefined);
      return Promise.resolve(json.stringify(value));
    };
    void watched.watch(outer, outerMessage, sendOuter, transport, undefined);
    expect([outer.serializationMs, inner.serializationMs]).toEqual([4, 4]);
    expect(inner.sentBytes - outer.sentBytes).toBe('the inner one'.length - 'outer'.length);
  });

  it('throws what it threw before, and send gets its receiver and arguments', () => {
    const { meter: watched, json } = meter();
    const operation = operationOf();
    const circular: { id: number; result: Record<string, unknown> } = { id: 1, result: {} };
    circular.result['self'] = circular;
    const send: Send = (value) => Promise.resolve(json.stringify(value));
    expect(() => watched.watch(operation, circular, send, transport, undefined)).toThrow(TypeError);
    const seen: unknown[] = [];
    const remember: Send = function (this: unknown, ...args) {
      seen.push(this, ...args);
      return Promise.resolve();
    };
    const message = { id: 2 };
    void watched.watch(operation, message, remember, transport, { relatedRequestId: 2 });
    expect(seen).toEqual([transport, message, { relatedRequestId: 2 }]);
  });

  it('leaves JSON.stringify what it was for everybody else', () => {
    const { json } = meter();
    expect([json.stringify.name, json.stringify.length]).toEqual(['stringify', 3]);
    const replacer = (key: string, value: unknown): unknown => (key === 'b' ? undefined : value);
    expect(json.stringify({ a: 1, b: 2 }, replacer, 2)).toBe('{\n  "a": 1\n}');
    expect([undefined, () => 1, Symbol('x')].map((value) => json.stringify(value))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(() => json.stringify(1n)).toThrow(TypeError);
  });
});
