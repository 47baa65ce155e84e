import type { Clock } from '../core/clock.ts';
import type { StreamEvent } from './event-stream.ts';
import type { StatusSources } from './routes.ts';

/** Taking the figures for readers may cost this share of the time of the process, at most every five seconds less often. */
const MAX_SHARE = 0.005;
const MAX_PAUSE_MS = 5_000;
const FINEST_MS = 1_000;

/**
 * The events of `/api/stream`: `snapshot` with all figures, `history` with the rows since the last event of that name.
 *
 * Once a second; a process with so many operations that taking a snapshot costs more than it may gets one less often.
 */
export class LiveEvents {
  readonly #sources: StatusSources;
  readonly #clock: Clock;
  #nextSnapshotAt = Number.NEGATIVE_INFINITY;
  #lastRow = Number.NEGATIVE_INFINITY;

  constructor(sources: StatusSources, clock: Clock) {
    this.#sources = sources;
    this.#clock = clock;
  }

  /** What has happened since the last call. */
  next(): StreamEvent[] {
    const events = this.#history();
    if (this.#clock.now() >= this.#nextSnapshotAt) events.push(this.#snapshot());
    return events;
  }

  /** All figures at this instant, for a reader that knows none. */
  first(): StreamEvent[] {
    return [this.#snapshot()];
  }

  #snapshot(): StreamEvent {
    const startedAt = this.#clock.now();
    const data = JSON.stringify(this.#sources.snapshot());
    const pause = Math.min(MAX_PAUSE_MS, (this.#clock.now() - startedAt) / MAX_SHARE);
    // Ticks come a second apart, give or take: half of one is granted.
    this.#nextSnapshotAt = startedAt + pause - FINEST_MS / 2;
    return { name: 'snapshot', data };
  }

  #history(): StreamEvent[] {
    const fromMs = Math.max(this.#lastRow, this.#clock.timeOrigin + this.#clock.now() - 10 * FINEST_MS);
    // The last row may have been under way when it was sent, so it comes again.
    const slice = this.#sources.history?.({ operation: undefined, resolutionMs: FINEST_MS, fromMs: fromMs - 1 });
    if (slice === undefined || slice.timestamps.length === 0) return [];
    this.#lastRow = slice.timestamps.at(-1) ?? this.#lastRow;
    return [{ name: 'history', data: JSON.stringify(slice) }];
  }
}
