import { wilsonInterval } from '../core/confidence.ts';
import type { BudgetSnapshot } from '../core/model/objective.ts';
import { CounterRing, type EventCounts } from './counter-ring.ts';
import { FastTier } from './fast-tier.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Fewest events before a window says anything, and the share of its length that must have been observed. */
const FEWEST_EVENTS = 20;
const FEWEST_SHARE = 0.05;

/** Fewest bad events that burn: two or three in a quiet hour are no trend. */
const FEWEST_BAD = 5;

/** A tier that burns goes on until its short window is below this share of its threshold. */
const HOLD = 0.9;

/** Each ring serves the windows it is long enough for: 5 s x 720 = 1 h, 1 min x 360 = 6 h, 5 min x 864 = 3 d. */
const RINGS = [
  { slotMs: 5000, slots: 720 },
  { slotMs: MINUTE_MS, slots: 360 },
  { slotMs: 5 * MINUTE_MS, slots: 864 },
] as const;

/** Windows over which burn rates are taken. */
const BURN_WINDOWS = [
  { window: '5m', windowMs: 5 * MINUTE_MS, ring: 0 },
  { window: '30m', windowMs: 30 * MINUTE_MS, ring: 0 },
  { window: '1h', windowMs: HOUR_MS, ring: 0 },
  { window: '2h', windowMs: 2 * HOUR_MS, ring: 1 },
  { window: '6h', windowMs: 6 * HOUR_MS, ring: 1 },
  { window: '1d', windowMs: DAY_MS, ring: 2 },
  { window: '3d', windowMs: 3 * DAY_MS, ring: 2 },
] as const;
type BurnWindow = (typeof BURN_WINDOWS)[number]['window'];

/** The four tiers: how many times faster than the budget allows, over a long and a short window. */
const BURN_TIERS: readonly { readonly factor: number; readonly long: BurnWindow; readonly short: BurnWindow }[] = [
  { factor: 14.4, long: '1h', short: '5m' },
  { factor: 6, long: '6h', short: '30m' },
  { factor: 3, long: '1d', short: '2h' },
  { factor: 1, long: '3d', short: '6h' },
];

/** Name of a tier as the telemetry has it: `14.4x`, and `fast` for the one over single events. */
export type TierVerdict = { readonly tier: string; readonly burning: boolean };

/**
 * Error budget of one objective: how much of the bad events it allows are spent, how fast, and whether that is too fast.
 *
 * Burn rate = (bad / all) / (1 - objective). A tier burns when both its windows burn faster than its factor, the long one surely so
 * (lower bound of the 95 % Wilson interval over the threshold, at least 5 bad events), and until the short one is below 0.9
 * of it. A window says nothing before 5 % of it has passed and 20 events have been seen. Source of the tiers: "The Site
 * Reliability Workbook", 2018, chapter 5, and sloth's google-30d windows.
 */
export class ErrorBudget {
  /** Share of all events that must be good. */
  readonly objective: number;
  readonly #startMs: number;
  readonly #rings = RINGS.map(({ slotMs, slots }) => new CounterRing(slotMs, slots));
  readonly #fast: FastTier;
  readonly #burning: boolean[] = BURN_TIERS.map(() => false);
  #counts = new Map<BurnWindow, EventCounts>();
  #evaluatedMs: number;
  #lastMs: number;
  #total = 0;
  #bad = 0;

  /** @param startMs since when events could have been seen */
  constructor(objective: number, startMs: number) {
    this.objective = objective;
    this.#startMs = startMs;
    this.#evaluatedMs = startMs;
    this.#lastMs = startMs;
    this.#fast = new FastTier(objective);
  }

  /** Adds one event. */
  record(nowMs: number, isBad: boolean): void {
    this.add(nowMs, 1, isBad ? 1 : 0);
    this.#fast.add(isBad);
  }

  /** Adds events that are no trials of their own, such as seconds of availability: the fast tier does not see them. */
  add(nowMs: number, total: number, bad: number): void {
    for (const ring of this.#rings) ring.add(nowMs, total, bad);
    this.#total += total;
    this.#bad += bad;
    this.#lastMs = nowMs;
  }

  /** Works out burn rates and verdicts; call it every 5 s. */
  evaluate(nowMs: number): void {
    this.#evaluatedMs = nowMs;
    this.#counts = new Map(
      BURN_WINDOWS.map(({ window, windowMs, ring }) => {
        const counters = this.#rings[ring] as CounterRing;
        return [window, counters.sum(nowMs, windowMs / counters.slotMs)];
      }),
    );
    for (const [index, tier] of BURN_TIERS.entries()) {
      this.#burning[index] = this.#isBurning(tier, this.#burning[index] ?? false);
    }
    if (nowMs - this.#lastMs >= 5 * MINUTE_MS) this.#fast.reset();
    this.#fast.follow(this.#ratePerSecond(nowMs));
  }

  /** Every tier that can burn at all: with a lax objective the factor would need more than all events to be bad. */
  verdicts(): TierVerdict[] {
    const tiers = BURN_TIERS.flatMap(({ factor }, index) =>
      factor * (1 - this.objective) < 1 ? [{ tier: `${factor}x`, burning: this.#burning[index] ?? false }] : [],
    );
    return this.#fast.applies ? [...tiers, { tier: 'fast', burning: this.#fast.burning }] : tiers;
  }

  /** 1 untouched … 0 spent, negative when overspent, over the time observed. */
  get remaining(): number {
    return this.#total === 0 ? 1 : 1 - this.#bad / (this.#total * (1 - this.objective));
  }

  /** As of the last evaluation; `undefined` while the window says nothing. */
  burnRates(): { readonly window: string; readonly rate: number | undefined }[] {
    return BURN_WINDOWS.map(({ window }) => ({ window, rate: this.#burnRate(window) }));
  }

  snapshot(): BudgetSnapshot {
    return { objective: this.objective, remaining: this.remaining, burnRates: this.burnRates() };
  }

  /** Events a second over the last 5 min, or since the start. */
  #ratePerSecond(nowMs: number): number {
    const observedMs = Math.min(5 * MINUTE_MS, nowMs - this.#startMs);
    return observedMs > 0 ? ((this.#counts.get('5m')?.total ?? 0) / observedMs) * 1000 : 0;
  }

  #burnRate(window: BurnWindow): number | undefined {
    const counts = this.#counts.get(window);
    if (counts === undefined || !this.#isFilled(window, counts)) return undefined;
    return counts.bad / counts.total / (1 - this.objective);
  }

  #isFilled(window: BurnWindow, { total }: EventCounts): boolean {
    const windowMs = BURN_WINDOWS.find((known) => known.window === window)?.windowMs ?? Number.POSITIVE_INFINITY;
    return total >= FEWEST_EVENTS && this.#evaluatedMs - this.#startMs >= FEWEST_SHARE * windowMs;
  }

  #isBurning(tier: (typeof BURN_TIERS)[number], was: boolean): boolean {
    const threshold = tier.factor * (1 - this.objective);
    if (threshold >= 1) return false;
    const short = this.#counts.get(tier.short);
    const long = this.#counts.get(tier.long);
    if (short === undefined || long === undefined || short.total === 0) return false;
    const shortRatio = short.bad / short.total;
    if (was) return shortRatio >= HOLD * threshold;
    if (!this.#isFilled(tier.long, long) || long.bad < FEWEST_BAD || shortRatio <= threshold) return false;
    return (wilsonInterval(long.bad, long.total)?.low ?? 0) > threshold;
  }
}
