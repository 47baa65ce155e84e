import { monotonicNow } from '../core/clock.ts';
import type { TransportLike } from './sdk-shapes.ts';

/** When the bytes of a message arrived, how long the SDK parsed it, and its size where that is free to know. */
export interface Receipt {
  readonly receivedAt: number;
  /** Milliseconds of parsing and routing before dispatch: part of the stage `protocol`. */
  readonly parseMs: number;
  readonly bytes: number;
}

/**
 * Receipt stamps of messages that arrive in chunks (stdio).
 *
 * A chunk holds any number of messages, which the SDK parses and dispatches one after the other in one synchronous loop.
 * `mark` is where the previous message was done: the time until then was queueing, from then on it is the protocol's.
 * Messages that go through a queue before a protocol object sees them keep their stamp by identity.
 */
export class ReceiptClock {
  #transport: TransportLike | undefined = undefined;
  #chunkAt = 0;
  #mark = 0;
  #remaining = 0;
  readonly #queued: WeakMap<object, Receipt> = new WeakMap();
  readonly #now: () => number;
  readonly #loopEnded = (): void => {
    this.#transport = undefined;
  };

  constructor(now: () => number = monotonicNow) {
    this.#now = now;
  }

  /** A parsing loop begins. It is synchronous, so a microtask is the first thing to run after it. */
  chunk(transport: TransportLike): void {
    this.#transport = transport;
    this.#chunkAt = this.#now();
    this.#mark = this.#chunkAt;
    this.#remaining = transport._readBuffer?._buffer?.length ?? 0;
    queueMicrotask(this.#loopEnded);
  }

  /** Writes the stamp of the message being dispatched right now; answers false, and writes nothing, outside a parsing loop. */
  read(now: number, into: { -readonly [field in keyof Receipt]: Receipt[field] }): boolean {
    if (this.#transport === undefined) return false;
    const remaining = this.#transport._readBuffer?._buffer?.length ?? 0;
    into.receivedAt = this.#chunkAt;
    into.parseMs = now - this.#mark;
    into.bytes = Math.max(0, this.#remaining - remaining);
    this.#remaining = remaining;
    return true;
  }

  /** The message dispatched last is routed; the next one of the chunk begins here. Answers the time. */
  advance(): number {
    const now = this.#now();
    if (this.#transport !== undefined) this.#mark = now;
    return now;
  }

  /** Keeps the stamp of a message that goes into a queue. */
  keep(message: unknown): void {
    if (typeof message !== 'object' || message === null) return;
    const receipt = { receivedAt: 0, parseMs: 0, bytes: 0 };
    if (this.read(this.#now(), receipt)) this.#queued.set(message, receipt);
    this.advance();
  }

  /** The stamp of a message that waited in a queue. */
  queued(message: object): Receipt | undefined {
    return this.#queued.get(message);
  }
}
