import { mergeLatencyWindows } from '../core/latency-window.ts';
import type { TotalsSnapshot } from '../core/model/snapshot.ts';
import type { OperationEntry } from '../mcp/operation-entry.ts';
import type { Recorder } from '../mcp/recorder.ts';

const NOTIFICATIONS = 'notifications/';

/** What happened since the last look. */
export interface TotalsStep {
  readonly seconds: number;
  readonly requests: number;
  readonly errors: number;
}

interface Mark {
  readonly at: number;
  readonly count: number;
  readonly errors: number;
}

/**
 * All requests taken together, found by looking at the operations now and then, so that a request pays nothing for it.
 * `look` is to be called about once a second; the rate and the errors of the window come from the looks within it.
 */
export class RequestTotals {
  readonly #recorder: Recorder;
  #marks: Mark[] = [];

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
    this.#marks = [this.#mark()];
  }

  /** Remembers this instant; answers what happened since the last one. */
  look(): TotalsStep {
    const mark = this.#mark();
    const last = this.#marks.at(-1) ?? mark;
    const horizon = mark.at - this.#recorder.windowMs;
    // The newest mark before the window stays: the window is measured from it.
    const first = this.#marks.findLastIndex(({ at }) => at <= horizon);
    this.#marks = [...this.#marks.slice(Math.max(0, first)), mark];
    return {
      seconds: (mark.at - last.at) / 1000,
      requests: mark.count - last.count,
      errors: mark.errors - last.errors,
    };
  }

  snapshot(): TotalsSnapshot {
    const now = this.#mark();
    const since = this.#marks[0] ?? now;
    const requests = now.count - since.count;
    return {
      count: now.count,
      errors: now.errors,
      ratePerSecond: requests / Math.max(1, (now.at - since.at) / 1000),
      errorRatio: requests === 0 ? undefined : (now.errors - since.errors) / requests,
      latency: mergeLatencyWindows(this.#windows(), now.at),
    };
  }

  *#requests(): Generator<OperationEntry> {
    for (const entry of this.#recorder.entries()) if (!entry.method.startsWith(NOTIFICATIONS)) yield entry;
  }

  *#windows(): Generator<OperationEntry['window']> {
    // What was used before the configuration was read may have a window of another length, which cannot be merged.
    for (const { window } of this.#requests()) if (window.windowMs === this.#recorder.windowMs) yield window;
  }

  #mark(): Mark {
    let count = 0;
    let errors = 0;
    for (const entry of this.#requests()) {
      count += entry.count;
      errors += entry.errors;
    }
    return { at: this.#recorder.now(), count, errors };
  }
}
