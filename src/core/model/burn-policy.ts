/**
 * When an error budget burns too fast: numbers as data, so that the judge in the process and the rules of the fleet cannot differ.
 *
 * Source of windows and factors: "The Site Reliability Workbook", 2018, chapter 5, table 5-8, and sloth's `google-30d` windows. A factor is
 * the share of the budget of 30 days spent within the long window: 2 % of it in 1 h is 14.4 times what is allowed, 5 % in 6 h 6
 * times, 10 % in 1 d 3 times, 10 % in 3 d once.
 */

/** Days an error budget is for. */
export const BUDGET_PERIOD_DAYS = 30;

/** Windows over which burn rates are taken. */
export const BURN_WINDOWS = [
  { window: '5m', windowMs: 300_000 },
  { window: '30m', windowMs: 1_800_000 },
  { window: '1h', windowMs: 3_600_000 },
  { window: '2h', windowMs: 7_200_000 },
  { window: '6h', windowMs: 21_600_000 },
  { window: '1d', windowMs: 86_400_000 },
  { window: '3d', windowMs: 259_200_000 },
] as const;
export type BurnWindow = (typeof BURN_WINDOWS)[number]['window'];

/** How many times faster than the budget allows, over a long and a short window, and whom it concerns. */
export interface BurnTier {
  readonly factor: number;
  readonly long: BurnWindow;
  readonly short: BurnWindow;
  /** `page`: somebody must act now; `ticket`: within days. */
  readonly response: 'page' | 'ticket';
}

export const BURN_TIERS: readonly BurnTier[] = [
  { factor: 14.4, long: '1h', short: '5m', response: 'page' },
  { factor: 6, long: '6h', short: '30m', response: 'page' },
  { factor: 3, long: '1d', short: '2h', response: 'ticket' },
  { factor: 1, long: '3d', short: '6h', response: 'ticket' },
];

/** Fewest events before a window says anything. */
export const FEWEST_EVENTS = 20;

/** Fewest bad events that burn: two or three in a quiet hour are no trend. */
export const FEWEST_BAD_EVENTS = 5;

/** Share of the length of a window that must have been observed before it says anything. */
export const FEWEST_SHARE = 0.05;

/** A tier that burns goes on until its short window is below this share of its threshold. */
export const HOLD_SHARE = 0.9;
