import type { AGGREGATES, AttributePatterns, COMBINATIONS, OPERATORS } from '../config/rule-fields.ts';
import type { AlertCategory, Severity } from '../core/model/alert.ts';

export type Aggregate = (typeof AGGREGATES)[number];
export type Operator = (typeof OPERATORS)[number];
export type Combination = (typeof COMBINATIONS)[number];
export type { AttributePatterns };

/** Which series of which metric. */
export interface Selection {
  /** Name in OpenTelemetry or in Prometheus. */
  readonly metric: string;
  readonly where: AttributePatterns;
}

/**
 * A rule in force, every field decided.
 *
 * What the aggregates mean, for one combination of the `by` attributes:
 * - `value`: the latest value, several series combined; of a histogram the number of its recordings
 * - `rate`, `increase`: growth of a counter, or of the recordings of a histogram, within the window, by second or in all
 * - `ratio`: growth within the window over the growth of `over`; of gauges the latest value over the latest of `over`
 * - `mean`: of the recordings of a histogram within the window; of a gauge over its collections within the window
 * - `quantile`: of the recordings of a histogram within the window, interpolated within the bucket
 */
export interface Rule extends Selection {
  readonly name: string;
  readonly category: AlertCategory;
  readonly severity: Severity;
  /** One alert per combination of these attributes; none: one for all series together. */
  readonly by: readonly string[];
  readonly aggregate: Aggregate;
  /** 0 … 1, for `quantile`. */
  readonly quantile: number;
  /** What `ratio` divides by. */
  readonly over: Selection | undefined;
  /** `undefined`: the sum, but of gauges the one that is nearest to an alert. */
  readonly combine: Combination | undefined;
  /** Recordings or growth within the window below which there is no verdict: the denominator of a ratio, the count of a histogram. */
  readonly minSamples: number;
  readonly operator: Operator;
  readonly threshold: number;
  /** A firing alert ends when the figure is no longer beyond this one; equal to `threshold` without hysteresis. */
  readonly clear: number;
  readonly windowMs: number;
  /** How long the condition must hold before the alert fires. */
  readonly forMs: number;
  /** How long it must be over before the alert is resolved. */
  readonly clearForMs: number;
  /** A firing alert without a verdict for so long is resolved. */
  readonly staleMs: number;
  /** UCUM unit the figure is shown in, `%` for shares; `undefined`: what the metric and the aggregate say. */
  readonly unit: string | undefined;
  /** Text with `{value}`, `{threshold}`, `{window}`, `{rule}` and `{name of an attribute}`. */
  readonly message: string;
  /** What to do next; what is known about the cause goes before it. */
  readonly advice: string | undefined;
}
