import type { LatencySummary } from '../latency-summary.ts';

/** Stages an objective can be about, in the words of the telemetry. */
export const OBJECTIVE_STAGES = [
  'queue',
  'protocol',
  'validation',
  'execution',
  'output_validation',
  'serialization',
  'transmission',
] as const;

/** What an objective judges. */
export const INDICATORS = ['latency', 'success', 'availability', 'throughput', 'memory', 'cpu'] as const;
export type Indicator = (typeof INDICATORS)[number];

/** `met` and `breached` judge the window; `unknown` is too few samples to say. */
export type ObjectiveState = 'met' | 'breached' | 'unknown';

/** One objective and how it stands. */
export interface ObjectiveSnapshot {
  /** Stable and readable, used as the metric attribute: `tools/call kb.hybrid_search p95`. */
  readonly id: string;
  readonly indicator: Indicator;
  /** Name of the operation it judges; `undefined` where it judges the process or several operations together. */
  readonly operation: string | undefined;
  /** 0.95 where the target holds for a quantile. */
  readonly quantile: number | undefined;
  /** Seconds, ratio, bytes, requests per second or cores, by indicator. */
  readonly target: number;
  /** The same figure as observed over the window; `undefined` with too few samples. */
  readonly observed: number | undefined;
  readonly samples: number;
  readonly state: ObjectiveState;
  /** Operations that missed it, since the process started. */
  readonly breaches: number;
  /** Error budget of the period; `undefined` where the objective has none. */
  readonly budget: BudgetSnapshot | undefined;
}

/** Error budget of one objective. */
export interface BudgetSnapshot {
  /** Share of all events that must be good: 0.99. */
  readonly objective: number;
  /** 1 untouched … 0 spent, negative when overspent, over the time observed. */
  readonly remaining: number;
  readonly burnRates: readonly { readonly window: string; readonly rate: number | undefined }[];
}

/** Latency, rate and errors of one operation over the three sliding windows. */
export interface OperationWindows {
  readonly operation: string;
  readonly windows: readonly WindowFigures[];
}

export interface WindowFigures {
  /** 60, 300, 3600. */
  readonly windowSeconds: number;
  readonly ratePerSecond: number;
  /** Errors over all; `undefined` without operations. */
  readonly errorRatio: number | undefined;
  readonly latency: LatencySummary;
}
