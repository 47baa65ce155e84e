/** Rows kept of the slow calls of an operation, and as many of the normal ones. */
const ROWS = 64;

/** Some calls of an operation, each a row of milliseconds per cause. Bounded; adding allocates nothing. */
export class CallSamples {
  readonly width: number;
  readonly #causes: Float64Array;
  readonly #durations = new Float64Array(ROWS);
  readonly #endedAt = new Float64Array(ROWS);
  #next = 0;
  #count = 0;

  /** @param width causes of a call, each a column */
  constructor(width: number) {
    this.width = width;
    this.#causes = new Float64Array(ROWS * width);
  }

  /** When the last one was added; nothing so far: −∞. */
  get lastAt(): number {
    return this.#count === 0 ? Number.NEGATIVE_INFINITY : (this.#endedAt[(this.#next + ROWS - 1) % ROWS] as number);
  }

  /** Copies a call in; the oldest gives way. */
  add(causesMs: Float64Array, durationMs: number, endedAt: number): void {
    this.#causes.set(causesMs, this.#next * this.width);
    this.#durations[this.#next] = durationMs;
    this.#endedAt[this.#next] = endedAt;
    this.#next = (this.#next + 1) % ROWS;
    this.#count = Math.min(ROWS, this.#count + 1);
  }

  /** Means of the calls that ended since then and took more than `over` and at most `upTo` milliseconds. */
  means(since: number, over: number, upTo: number): CallMeans {
    const causesMs = new Float64Array(this.width);
    let [count, durationMs] = [0, 0];
    for (let row = 0; row < this.#count; row++) {
      const duration = this.#durations[row] as number;
      if ((this.#endedAt[row] as number) < since || !(duration > over && duration <= upTo)) continue;
      count += 1;
      durationMs += duration;
      for (let column = 0; column < this.width; column++) {
        causesMs[column] = (causesMs[column] as number) + (this.#causes[row * this.width + column] as number);
      }
    }
    if (count === 0) return { count, durationMs: 0, causesMs };
    return { count, durationMs: durationMs / count, causesMs: causesMs.map((sum) => sum / count) };
  }
}

/** Mean milliseconds of some calls, in all and per cause. */
export interface CallMeans {
  readonly count: number;
  readonly durationMs: number;
  readonly causesMs: Float64Array;
}
