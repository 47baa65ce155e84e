import { randomFillSync } from 'node:crypto';

const POOL_BYTES = 4096;
const TRACE_ID_BYTES = 16;
const SPAN_ID_BYTES = 8;

let pool = '';
let position = 0;

/**
 * Random lower-case hex from a pool that is refilled rarely: an id costs a substring, not a call into the random source.
 * An all-zero id, invalid in W3C trace context, is drawn again.
 */
function randomHex(bytes: number): string {
  const length = bytes * 2;
  if (position + length > pool.length) {
    pool = randomFillSync(Buffer.allocUnsafe(POOL_BYTES)).toString('hex');
    position = 0;
  }
  const id = pool.slice(position, position + length);
  position += length;
  return /^0+$/.test(id) ? randomHex(bytes) : id;
}

/** A new trace id: 32 hex digits. */
export function newTraceId(): string {
  return randomHex(TRACE_ID_BYTES);
}

/** A new span id: 16 hex digits. */
export function newSpanId(): string {
  return randomHex(SPAN_ID_BYTES);
}
