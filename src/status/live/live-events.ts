import type { Clock } from '../../core/clock.ts';
import { inTurns } from '../../core/in-turns.ts';
import type { LiveFigures } from '../../core/model/live.ts';
import type { HistorySlice } from '../history/history.ts';
import type { HistoryQuery } from '../routes.ts';
import type { StreamEvent } from './event-stream.ts';
import { LiveState } from './live-state.ts';

const FINEST_MS = 1_000;

/** Where the events come from. */
export interface LiveSources {
  readonly live: LiveFigures;
  history?(query: HistoryQuery): HistorySlice | undefined;
}

/**
 * The events of `/api/stream`: `snapshot` with all figures for whoever is new, `update` with what has changed, `history` with
 * the rows since the last event of that name.
 *
 * Figures are worked out and written once for all readers, in pieces between which requests have their turn.
 */
export class LiveEvents {
  readonly #sources: LiveSources;
  readonly #clock: Clock;
  readonly #state: LiveState;
  #lastRow = Number.NEGATIVE_INFINITY;

  constructor(sources: LiveSources, clock: Clock) {
    this.#sources = sources;
    this.#clock = clock;
    this.#state = new LiveState(sources.live, clock);
  }

  /** Takes all figures anew: nobody has read for a while. */
  async begin(): Promise<void> {
    await inTurns(this.#state.refresh(true), this.#clock);
    // Whoever comes gets them whole.
    this.#state.takeChange();
  }

  /** What has happened since the last call. */
  async next(): Promise<readonly StreamEvent[]> {
    const events = this.#history();
    await inTurns(this.#state.refresh(false), this.#clock);
    const change = this.#state.takeChange();
    return change === undefined ? events : [...events, change];
  }

  /** All figures, for a reader that knows none. */
  first(): readonly StreamEvent[] {
    const data = this.#state.snapshot();
    return data === '' ? [] : [{ name: 'snapshot', data }];
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
