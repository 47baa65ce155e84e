import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wilsonInterval } from '../../src/core/confidence.ts';
import { ErrorBudget } from '../../src/slo/error-budget.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Windows with the length of the slots their events are counted in. */
const WINDOWS: Readonly<Record<string, readonly [number, number]>> = {
  '5m': [5 * MINUTE, 5000],
  '30m': [30 * MINUTE, 5000],
  '1h': [HOUR, 5000],
  '2h': [2 * HOUR, MINUTE],
  '6h': [6 * HOUR, MINUTE],
  '1d': [DAY, 5 * MINUTE],
  '3d': [3 * DAY, 5 * MINUTE],
};
const TIERS: readonly [number, string, string][] = [
  [14.4, '1h', '5m'],
  [6, '6h', '30m'],
  [3, '1d', '2h'],
  [1, '3d', '6h'],
];

interface Event {
  readonly atMs: number;
  readonly total: number;
  readonly bad: number;
}

/** Keeps every event and adds up from scratch: slow, and too simple to be wrong. */
class NaiveBudget {
  readonly #objective: number;
  readonly #events: Event[] = [];
  readonly #burning = TIERS.map(() => false);

  constructor(objective: number) {
    this.#objective = objective;
  }

  add(event: Event): void {
    this.#events.push(event);
  }

  counts(window: string, nowMs: number): { total: number; bad: number } {
    const [windowMs, slotMs] = WINDOWS[window] as readonly [number, number];
    const oldest = Math.floor(nowMs / slotMs) - windowMs / slotMs + 1;
    const live = this.#events.filter(({ atMs }) => Math.floor(atMs / slotMs) >= oldest);
    return {
      total: live.reduce((sum, { total }) => sum + total, 0),
      bad: live.reduce((sum, { bad }) => sum + bad, 0),
    };
  }

  rate(window: string, nowMs: number, startMs: number): number | undefined {
    const { total, bad } = this.counts(window, nowMs);
    const [windowMs] = WINDOWS[window] as readonly [number, number];
    if (total < 20 || nowMs - startMs < 0.05 * windowMs) return undefined;
    return bad / total / (1 - this.#objective);
  }

  verdicts(nowMs: number, startMs: number): boolean[] {
    for (const [index, [factor, long, short]] of TIERS.entries()) {
      const threshold = factor * (1 - this.#objective);
      const shortCounts = this.counts(short, nowMs);
      const ratio = shortCounts.bad / shortCounts.total;
      if (this.#burning[index]) {
        this.#burning[index] = ratio >= 0.9 * threshold;
        continue;
      }
      const { total, bad } = this.counts(long, nowMs);
      this.#burning[index] =
        this.rate(long, nowMs, startMs) !== undefined &&
        bad >= 5 &&
        (wilsonInterval(bad, total)?.low ?? 0) > threshold &&
        ratio > threshold;
    }
    return [...this.#burning];
  }

  get remaining(): number {
    const total = this.#events.reduce((sum, event) => sum + event.total, 0);
    const bad = this.#events.reduce((sum, event) => sum + event.bad, 0);
    return total === 0 ? 1 : 1 - bad / (total * (1 - this.#objective));
  }
}

const phase = fc.record({
  gapMs: fc.oneof(
    fc.constantFrom(0, 1, 4999, 5000, MINUTE, 5 * MINUTE, HOUR, 6 * HOUR, DAY, 3 * DAY),
    fc.integer({ min: 0, max: 10 * MINUTE }),
  ),
  total: fc.integer({ min: 1, max: 500 }),
  badShare: fc.oneof(fc.constant(0), fc.constantFrom(0.001, 0.01, 0.02, 0.15, 0.5, 1)),
});

describe('an error budget against a recomputation from all events', () => {
  it('has the same burn rates, the same rest and the same verdicts tick by tick', () => {
    fc.assert(
      fc.property(fc.constantFrom(0.9, 0.99, 0.995, 0.999), fc.array(phase, { maxLength: 60 }), (objective, phases) => {
        const startMs = 12_345;
        const budget = new ErrorBudget(objective, startMs);
        const naive = new NaiveBudget(objective);
        let nowMs = startMs;
        for (const { gapMs, total, badShare } of phases) {
          nowMs += gapMs;
          const bad = Math.round(total * badShare);
          budget.add(nowMs, total, bad);
          naive.add({ atMs: nowMs, total, bad });
          nowMs += 700;
          budget.evaluate(nowMs);
          const tickMs = nowMs;
          const rates = Object.keys(WINDOWS).map((window) => ({ window, rate: naive.rate(window, tickMs, startMs) }));
          expect(budget.burnRates()).toEqual(rates);
          expect(budget.remaining).toBeCloseTo(naive.remaining, 12);
          const burning = naive.verdicts(tickMs, startMs);
          const expected = TIERS.flatMap(([factor], index) =>
            factor * (1 - objective) < 1 ? [{ tier: `${factor}x`, burning: burning[index] }] : [],
          );
          expect(budget.verdicts().filter(({ tier }) => tier !== 'fast')).toEqual(expected);
        }
      }),
      { seed: 20_261_122, numRuns: 150 },
    );
  });
});
