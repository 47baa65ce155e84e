import { wilsonInterval } from '../core/confidence.ts';
import {
  BURN_TIERS,
  BURN_WINDOWS,
  type BurnTier,
  type BurnWindow,
  FEWEST_BAD_EVENTS,
  FEWEST_EVENTS,
  FEWEST_SHARE,
  HOLD_SHARE,
} from '../core/model/burn-policy.ts';
import type { BudgetSnapshot } from '../core/model/objective.ts';
import { CounterRing, type EventCounts } from './counter-ring.ts';
import { FastTier } from './fast-tier.ts';

const MINUTE_MS = 60_000;

/** Each ring serves the windows it is long enough for: 5 s x 720 = 1 h, 1 min x 360 = 6 h, 5 min x 864 = 3 d. */
const RINGS = [
  { slotMs: 5000, slots: 720 },
  { slotMs: MINUTE_MS, slots: 360 },
  { slotMs: 5 * MINUTE_MS, slots: 864 },
] as const;

/** The ring of each window. */
const RING_OF = BURN_WINDOWS.map(({ windowMs }) => RINGS.findIndex(({ slotMs, slots }) => slotMs * slots >= windowMs));

/** What is pending lies in one slot of the finest ring; the slots of the others consist of whole ones of those. */
const PENDING_MS = RINGS[0].slotMs;

/** Places in the array of times: begin and end of what is pending, the last event. */
const FROM = 0;
const TO = 1;
const LAST = 2;

/** Name of a tier as the telemetry has it: `14.4x`, and `fast` for the one over single events. */
export type TierVerdict = { readonly tier: string; readonly burning: boolean };

/**
 * Error budget of one objective: how much of the bad events it allows are spent, how fast, and whether that is too fast.
 *
 * Burn rate = (bad / all) / (1 - objective). A tier burns when both its windows burn faster than its factor, the long one surely so
 * (lower bound of the 95 % Wilson interval over the threshold, at least 5 bad events), and until the short one is below 0.9
 * of it. A window says nothing before 5 % of it has passed and 20 events have been seen. The tiers: `core/model/burn-policy.ts`.
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
  /** In an array because a changing fraction in a field is a new heap object each time. */
  readonly #times = new Float64Array(3);
  #pendingTotal = 0;
  #pendingBad = 0;
  #total = 0;
  #bad = 0;

  /** @param startMs since when events could have been seen */
  constructor(objective: number, startMs: number) {
    this.objective = objective;
    this.#startMs = startMs;
    this.#evaluatedMs = startMs;
    this.#times.set([Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, startMs]);
    this.#fast = new FastTier(objective);
  }

  /** Adds one event; some 20 ns. */
  record(nowMs: number, isBad: boolean): void {
    this.add(nowMs, 1, isBad ? 1 : 0);
    this.#fast.add(isBad);
  }

  /** Adds events that are no trials of their own, such as seconds of availability: the fast tier does not see them. */
  add(nowMs: number, total: number, bad: number): void {
    const times = this.#times;
    if (nowMs >= (times[TO] ?? 0)) this.#advance(nowMs);
    this.#pendingTotal += total;
    this.#pendingBad += bad;
    times[LAST] = nowMs;
  }

  /** Works out burn rates and verdicts; call it every 5 s. */
  evaluate(nowMs: number): void {
    this.#absorb();
    this.#evaluatedMs = nowMs;
    this.#counts = new Map(
      BURN_WINDOWS.map(({ window, windowMs }, index) => {
        const counters = this.#rings[RING_OF[index] ?? 0] as CounterRing;
        return [window, counters.sum(nowMs, windowMs / counters.slotMs)];
      }),
    );
    for (const [index, tier] of BURN_TIERS.entries()) {
      this.#burning[index] = this.#isBurning(tier, this.#burning[index] ?? false);
    }
    if (nowMs - (this.#times[LAST] ?? 0) >= 5 * MINUTE_MS) this.#fast.reset();
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
    const total = this.#total + this.#pendingTotal;
    return total === 0 ? 1 : 1 - (this.#bad + this.#pendingBad) / (total * (1 - this.objective));
  }

  /** As of the last evaluation; `undefined` while the window says nothing. */
  burnRates(): { readonly window: string; readonly rate: number | undefined }[] {
    return BURN_WINDOWS.map(({ window }) => ({ window, rate: this.#burnRate(window) }));
  }

  snapshot(): BudgetSnapshot {
    return { objective: this.objective, remaining: this.remaining, burnRates: this.burnRates() };
  }

  /** Begins a new slot; time that goes backwards stays in the one it is in. */
  #advance(nowMs: number): void {
    this.#absorb();
    const from = Math.floor(nowMs / PENDING_MS) * PENDING_MS;
    this.#times[FROM] = from;
    this.#times[TO] = from + PENDING_MS;
  }

  /** Moves what is pending into the rings. */
  #absorb(): void {
    if (this.#pendingTotal === 0) return;
    const from = this.#times[FROM] ?? 0;
    for (const ring of this.#rings) ring.add(from, this.#pendingTotal, this.#pendingBad);
    this.#total += this.#pendingTotal;
    this.#bad += this.#pendingBad;
    this.#pendingTotal = 0;
    this.#pendingBad = 0;
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

  #isBurning(tier: BurnTier, was: boolean): boolean {
    const threshold = tier.factor * (1 - this.objective);
    if (threshold >= 1) return false;
    const short = this.#counts.get(tier.short);
    const long = this.#counts.get(tier.long);
    if (short === undefined || long === undefined || short.total === 0) return false;
    const shortRatio = short.bad / short.total;
    if (was) return shortRatio >= HOLD_SHARE * threshold;
    if (!this.#isFilled(tier.long, long) || long.bad < FEWEST_BAD_EVENTS || shortRatio <= threshold) return false;
    return (wilsonInterval(long.bad, long.total)?.low ?? 0) > threshold;
  }
}
