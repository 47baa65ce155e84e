import type { Severity } from './alert.ts';

export type HealthStatus = 'excellent' | 'good' | 'warning' | 'critical';

/** One deduction from the score: what is wrong, how we know, what to do. */
export interface HealthIssue {
  /** What it concerns: `tools/call kb.hybrid_search`, `memory`, `cache embeddings`. */
  readonly component: string;
  /** Points taken off the 100. */
  readonly deduction: number;
  readonly evidence: string;
  readonly recommendation: string;
}

/** How the process is, over all. */
export interface HealthSnapshot {
  /** 0 … 100. */
  readonly score: number;
  /** From 90 excellent, 75 good, 50 warning, below that critical. */
  readonly status: HealthStatus;
  /** The worst of each kind, the dearest first; their deductions add up to what is missing from 100, unless that is more than 100. */
  readonly issues: readonly HealthIssue[];
  readonly recommendations: readonly Recommendation[];
  /** The same judgement on each operation, cache, pool, and on memory and CPU; the worst first. */
  readonly components: readonly ComponentHealth[];
}

/** How one part of the whole is, by the same deductions. */
export interface ComponentHealth {
  /** `tools/call kb.hybrid_search`, `memory`, `cpu`, `cache embeddings`, `database postgresql`. */
  readonly component: string;
  readonly score: number;
  readonly status: HealthStatus;
}

/** What to do about it, with the reason. */
export interface Recommendation {
  readonly severity: Severity;
  /** Operation it is about; `undefined` for the process. */
  readonly operation: string | undefined;
  /** What dominates: `database postgresql`, `queue`, `garbage collection`. */
  readonly culprit: string;
  /** Share of the slow calls' excess time it explains, 0 … 1. */
  readonly share: number;
  readonly evidence: string;
  readonly advice: string;
  /** Seconds its slow calls would take on average without it, where that can be said. */
  readonly withoutSeconds: number | undefined;
}

/** Where a figure is heading over the minutes looked at. */
export interface Trend {
  readonly figure: 'p95' | 'rate' | 'errors' | 'memory';
  readonly direction: 'rising' | 'falling' | 'steady' | 'unknown';
  /** Change in an hour by the slope of Theil and Sen, in the unit of the figure: seconds, requests per second, ratio, bytes. */
  readonly perHour: number | undefined;
  /** Value at the end of the line, the base of `perHour`. */
  readonly level: number | undefined;
  /** Chance to see so clear an order in figures without a trend (Mann-Kendall, corrected for autocorrelation). */
  readonly pValue: number | undefined;
  readonly minutes: number;
  readonly evidence: string;
}

/** How many replicas a load takes, by the utilisation law and M/M/c. */
export interface ScalingAdvice {
  /** Requests per second now, and as predicted for `horizonMinutes` from now by the trend of the rate. */
  readonly ratePerSecond: number;
  readonly predictedPerSecond: number;
  readonly horizonMinutes: number;
  /** Seconds the busiest resource is busy per request (utilisation law D = U/X), and which one that is. */
  readonly demandSeconds: number;
  readonly resource: 'event loop' | 'cpu' | 'declared capacity';
  /** Busy share of that resource now, 0 … 1. */
  readonly utilization: number;
  /** Requests per second one replica carries at the target utilisation, and at 100 %. */
  readonly perReplica: number;
  readonly saturation: number;
  /** For the load now and for the predicted one. */
  readonly replicasNow: number;
  readonly replicas: number;
  /** Relative standard error of the demand: that of the replicas it follows. */
  readonly error: number;
  readonly evidence: string;
}

/** Something unusual: what was expected, what was seen, since when, with which evidence. Times in Unix milliseconds. */
export interface Finding {
  readonly kind: 'anomaly' | 'regression' | 'deploy';
  /** Operation or metric it is about. */
  readonly subject: string;
  readonly channel: 'level' | 'tail' | 'ramp' | 'errors' | 'gauge' | 'version';
  readonly since: number;
  /** `undefined` while it lasts. */
  readonly until: number | undefined;
  readonly expected: number | undefined;
  readonly observed: number | undefined;
  readonly evidence: string;
}
