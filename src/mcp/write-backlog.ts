/** A stream as far as it tells what it holds: `process.stdout`, a socket. */
export interface WritableLike {
  readonly writableLength?: number;
  readonly destroyed?: boolean;
}

interface Followed {
  readonly stream: WeakRef<WritableLike>;
  /** Bytes it held when it was last asked. */
  held: number;
}

/** More are not followed: what is told is a lower bound then. */
const MAX_STREAMS = 4096;

/**
 * What waits in the streams answers are written to. Following a stream only reads it, and does not keep it alive.
 *
 * A stream that carries much holds something at every moment; what tells a client that does not read is that it still holds it at
 * the next look. So of each stream the smaller of its last two readings counts.
 */
export class WriteBacklog {
  readonly #known = new WeakSet<WritableLike>();
  readonly #followed = new Set<Followed>();

  /** Follows a stream until it is destroyed or forgotten; ignores what is none, what is known and what is too much. */
  follow(stream: WritableLike | undefined): void {
    if (typeof stream?.writableLength !== 'number' || this.#known.has(stream)) return;
    if (this.#followed.size >= MAX_STREAMS) return;
    this.#known.add(stream);
    this.#followed.add({ stream: new WeakRef(stream), held: 0 });
  }

  /** Bytes that waited at the last look and still do; to be asked by one timer only. */
  standingBytes(): number {
    let standing = 0;
    for (const followed of this.#followed) {
      const stream = followed.stream.deref();
      if (stream === undefined || stream.destroyed === true) {
        this.#followed.delete(followed);
        continue;
      }
      const holds = stream.writableLength ?? 0;
      standing += Math.min(followed.held, holds);
      followed.held = holds;
    }
    return standing;
  }
}
