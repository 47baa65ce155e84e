/** One of the slowest calls of an operation. */
export interface SlowCall {
  /** Unix milliseconds at which it ended. */
  readonly endedAt: number;
  readonly seconds: number;
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** Whether its trace has left for a tracing backend. */
  readonly exported: boolean;
  /** Empty when it succeeded. */
  readonly errorType: string;
}

interface Kept extends SlowCall {
  readonly at: number;
}

/**
 * The slowest calls of a recent stretch of time. A call that is not among them costs one comparison; what falls out of the
 * stretch makes room when it is looked at.
 */
export class SlowestCalls {
  readonly #places: number;
  readonly #spanMs: number;
  #kept: Kept[] = [];
  /** Seconds a call must exceed to be looked at; time at which that stops being right. */
  #threshold = -1;
  #validUntil: number = Number.POSITIVE_INFINITY;

  constructor(options: { readonly places?: number; readonly spanMs?: number } = {}) {
    this.#places = options.places ?? 8;
    this.#spanMs = options.spanMs ?? 600_000;
  }

  /** Whether a call of that length, ended at `nowMs` (monotonic), is among the slowest; only then it needs describing. */
  isAmong(seconds: number, nowMs: number): boolean {
    return seconds > this.#threshold || nowMs > this.#validUntil;
  }

  /** Files a call. */
  add(call: SlowCall, nowMs: number): void {
    const kept = this.#recent(nowMs);
    kept.push({ ...call, at: nowMs });
    kept.sort((a, b) => b.seconds - a.seconds || b.at - a.at);
    kept.length = Math.min(kept.length, this.#places);
    this.#kept = kept;
    this.#threshold = kept.length < this.#places ? -1 : (kept.at(-1)?.seconds ?? -1);
    this.#validUntil = Math.min(...kept.map(({ at }) => at)) + this.#spanMs;
  }

  /** The slowest calls of the stretch before `nowMs`, the slowest first. */
  list(nowMs: number): SlowCall[] {
    return this.#recent(nowMs).map(({ at: _, ...call }) => call);
  }

  #recent(nowMs: number): Kept[] {
    return this.#kept.filter(({ at }) => nowMs - at <= this.#spanMs);
  }
}
