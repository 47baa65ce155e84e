import { prometheusLabelName } from '../semconv/prometheus-label.ts';
import { prometheusName } from '../semconv/prometheus-name.ts';
import { formatBoundary } from '../semconv/prometheus-number.ts';
import type { Stream } from '../semconv/stream.ts';

/** Label matchers of one selector, rendered: `a="b"`. */
export type Matchers = readonly string[];

/** Labels that tell fleets apart: what a scrape or a Collector calls a service. */
export const FLEET_LABELS = ['job', 'service'] as const;

/** Name of a stream as series carry it. */
export function metricOf(stream: Stream): string {
  return prometheusName(stream);
}

/** A text as PromQL writes it. */
export function quoted(text: string): string {
  return JSON.stringify(text);
}

export function labelIs(attribute: string, value: string): string {
  return `${prometheusLabelName(attribute)}=${quoted(value)}`;
}

export function labelIsNot(attribute: string, value: string): string {
  return `${prometheusLabelName(attribute)}!=${quoted(value)}`;
}

/** The label is one of the given names, in which `*` stands for any text. */
export function labelLike(attribute: string, patterns: readonly string[]): string {
  const [only] = patterns;
  if (patterns.length === 1 && only !== undefined && !only.includes('*')) return labelIs(attribute, only);
  return `${prometheusLabelName(attribute)}=~${quoted(patternRegex(patterns))}`;
}

/** The label is none of them. */
export function labelUnlike(attribute: string, patterns: readonly string[]): string {
  const [only] = patterns;
  if (patterns.length === 1 && only !== undefined && !only.includes('*')) return labelIsNot(attribute, only);
  return `${prometheusLabelName(attribute)}!~${quoted(patternRegex(patterns))}`;
}

/** Name patterns as one RE2 expression; Prometheus anchors it at both ends. */
function patternRegex(patterns: readonly string[]): string {
  const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return patterns.map((pattern) => pattern.split('*').map(escaped).join('.*')).join('|');
}

/**
 * The bucket up to a boundary. Prometheus 3 and OpenMetrics write whole numbers as `1.0`, the plain text format as `1`: only
 * one of them exists for a series, so taking both is exact.
 */
export function bucketUpTo(boundary: number): string {
  const text = formatBoundary(boundary);
  return /^\d+$/.test(text) ? `le=~${quoted(`${text}(\\.0)?`)}` : `le=${quoted(text)}`;
}

export function selector(metric: string, matchers: Matchers): string {
  return matchers.length === 0 ? metric : `${metric}{${matchers.join(', ')}}`;
}

/** Per-second growth of the series of several selectors together. */
export function rateOf(metric: string, selections: readonly Matchers[], window: string): string {
  return selections.map((matchers) => `rate(${selector(metric, matchers)}[${window}])`).join(' or ');
}

export function sumBy(labels: readonly string[], expression: string): string {
  return `sum by (${labels.join(', ')}) (${expression})`;
}

/** A length of time as PromQL writes it; whole seconds. */
export function durationText(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  for (const [unit, length] of [
    ['d', 86_400],
    ['h', 3600],
    ['m', 60],
  ] as const) {
    if (seconds % length === 0) return `${seconds / length}${unit}`;
  }
  return `${seconds}s`;
}

/** A number without the noise of binary fractions: 1 - 0.95 is 0.05. */
export function numberText(value: number): string {
  return String(Number(value.toPrecision(12)));
}
