import { ReadBuffer, serializeMessage } from '@modelcontextprotocol/sdk/shared/stdio.js';
import { describe, expect, it } from 'vitest';
import { type Receipt, ReceiptClock } from '../../../src/mcp/receipt.ts';
import type { TransportLike } from '../../../src/mcp/sdk-shapes.ts';
import { FakeClock } from '../../support/fake-clock.ts';

/** A transport's parsing loop with the SDK's own buffer; `take` parses the next message. */
function chunkOf(...methods: string[]): { transport: TransportLike; take(): object | null; sizes: number[] } {
  const lines = methods.map((method, id) => serializeMessage({ jsonrpc: '2.0', id, method }));
  const buffer = new ReadBuffer();
  buffer.append(Buffer.from(lines.join('')));
  const transport = { send: () => Promise.resolve(), _readBuffer: buffer } as unknown as TransportLike;
  return { transport, take: () => buffer.readMessage(), sizes: lines.map((line) => line.length) };
}

function current(receipts: ReceiptClock, now: number): Receipt | undefined {
  const receipt = { receivedAt: 0, parseMs: 0, bytes: 0 };
  return receipts.read(now, receipt) ? receipt : undefined;
}

describe('the receipt of a message', () => {
  it('says when its chunk came, how long it was parsed and how large it was', () => {
    const clock = new FakeClock();
    clock.jump(1000);
    const receipts = new ReceiptClock(() => clock.now());
    const { transport, take, sizes } = chunkOf('first', 'second');

    receipts.chunk(transport);
    clock.advance(3);
    take();
    expect(current(receipts, clock.now())).toEqual({ receivedAt: 1000, parseMs: 3, bytes: sizes[0] });
    clock.advance(10);
    expect(receipts.advance()).toBe(1013);
    clock.advance(2);
    take();
    // The first was being routed for 10 ms: the second had to wait for them, and was parsed for 2 ms.
    expect(current(receipts, clock.now())).toEqual({ receivedAt: 1000, parseMs: 2, bytes: sizes[1] });
  });

  it('is of the parsing loop only: a microtask later there is none', async () => {
    const receipts = new ReceiptClock(() => 5);
    receipts.chunk(chunkOf('only').transport);
    expect(current(receipts, 6)).toBeDefined();
    await Promise.resolve();
    expect(current(receipts, 7)).toBeUndefined();
    expect(receipts.advance()).toBe(5);
  });

  it('stays with a message that waits in a queue', async () => {
    const clock = new FakeClock();
    const receipts = new ReceiptClock(() => clock.now());
    const { transport, take } = chunkOf('waiting', 'dropped');
    receipts.chunk(transport);
    clock.advance(1);
    const message = take() as object;
    receipts.keep(message);
    await Promise.resolve();
    clock.advance(50);
    expect(receipts.queued(message)).toMatchObject({ receivedAt: 0, parseMs: 1 });
    expect(receipts.queued({ ...message })).toBeUndefined();
  });

  it.each([undefined, null, 'text', 7])('of %s in place of a message is none', (message) => {
    const receipts = new ReceiptClock(() => 0);
    receipts.chunk(chunkOf('x').transport);
    expect(() => receipts.keep(message)).not.toThrow();
  });

  it('is never negative in size, even where a buffer grows while it is read', () => {
    const receipts = new ReceiptClock(() => 0);
    const { transport } = chunkOf('x');
    receipts.chunk(transport);
    (transport._readBuffer as unknown as ReadBuffer).append(Buffer.alloc(1000));
    expect(current(receipts, 0)?.bytes).toBe(0);
    receipts.chunk({ send: () => Promise.resolve() });
    expect(current(receipts, 0)?.bytes).toBe(0);
  });
});
