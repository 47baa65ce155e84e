import { SortedWindow } from './sorted-window.ts';

/** Points one view looks back over; its own first so many are learned from, not judged. */
const WINDOW = 2000;
/** Lengths of the moving means that are judged beside the value itself: short disturbances and level changes. */
const MEAN_LENGTHS = [1, 12, 48] as const;
const THRESHOLD = 1.35;
const HOLD_DOWN = 100;
const TAIL = 0.995;
const FEWEST = 100;

export interface GaugeDetectorOptions {
  /** Points of a series that are known to be learned from before the first verdict, default 100. */
  readonly learn?: number | undefined;
}

/** A point that lies outside of what the series has shown so far. */
export interface GaugeDeviation {
  /** Median of the last 2,000 points of the view that fired. */
  readonly expected: number;
  /** The value, or the moving mean, that was judged. */
  readonly observed: number;
  /** Points in the moving mean that fired, 1 for the value itself. */
  readonly over: number;
  /** How far it is outside, 1 = at the edge of the tail. */
  readonly score: number;
}

/**
 * Finds what is unusual in a series of single figures without counts, such as memory or CPU.
 *
 * For the value itself and its means over 12 and 48 points: z = (x - median) / (Q99.5 - median) over the last 2,000 points,
 * downwards accordingly with Q0.5. It fires above 1.35 and is then silent for 100 points, so that one disturbance is one
 * finding. Only quantiles of the series itself enter: no assumption about its distribution, no tuning per series. The window
 * holds what came before the point. One configuration for all series; measured by `bench/detection`.
 */
export class GaugeDetector {
  readonly #learn: number;
  readonly #views = MEAN_LENGTHS.map((length) => new MeanView(length));
  #seen = 0;
  #holdDown = 0;

  constructor(options: GaugeDetectorOptions = {}) {
    this.#learn = Math.max(FEWEST, options.learn ?? FEWEST);
  }

  /** Takes the next point; answers what is unusual about it. Points that are not finite numbers are passed over. */
  add(value: number): GaugeDeviation | undefined {
    if (!Number.isFinite(value)) return undefined;
    let largest: GaugeDeviation | undefined;
    for (const view of this.#views) {
      const deviation = view.add(value);
      if (deviation !== undefined && deviation.score > (largest?.score ?? 0)) largest = deviation;
    }
    this.#seen += 1;
    if (this.#holdDown > 0) this.#holdDown -= 1;
    if (largest === undefined || largest.score <= THRESHOLD || this.#holdDown > 0 || this.#seen <= this.#learn) {
      return undefined;
    }
    this.#holdDown = HOLD_DOWN;
    return largest;
  }
}

/** One moving mean of the series with the quantiles of its past. */
class MeanView {
  readonly #last: Float64Array;
  readonly #past = new SortedWindow(WINDOW);
  #next = 0;
  #seen = 0;

  constructor(length: number) {
    this.#last = new Float64Array(length);
  }

  add(value: number): GaugeDeviation | undefined {
    const { length } = this.#last;
    this.#last[this.#next] = value;
    this.#next = (this.#next + 1) % length;
    this.#seen += 1;
    if (this.#seen < length) return undefined;
    // Summed anew: in a running sum one huge value would drown the small ones as long as it is in there.
    const observed = this.#last.reduce((sum, one) => sum + one, 0) / length;
    const score = this.#score(observed);
    const expected = this.#past.quantile(0.5);
    this.#past.add(observed);
    return score === undefined ? undefined : { expected, observed, over: length, score };
  }

  #score(observed: number): number | undefined {
    if (this.#past.count < FEWEST) return undefined;
    const median = this.#past.quantile(0.5);
    const edge = this.#past.quantile(observed >= median ? TAIL : 1 - TAIL);
    const spread = Math.abs(edge - median);
    // A series that has never moved: any move is outside of everything it has shown.
    if (spread === 0) return observed === median ? 0 : Number.MAX_VALUE;
    return Math.abs(observed - median) / spread;
  }
}
