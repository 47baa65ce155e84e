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
  readonly issues: readonly HealthIssue[];
  readonly recommendations: readonly Recommendation[];
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
  /** Seconds the operation would take without it, where that can be said. */
  readonly withoutSeconds: number | undefined;
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
