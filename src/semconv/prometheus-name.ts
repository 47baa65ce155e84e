import { unitWords } from './prometheus-unit.ts';
import type { StreamKind } from './stream.ts';

/** What a Prometheus name is derived from. */
export interface NamedStream {
  readonly name: string;
  readonly kind: StreamKind;
  /** UCUM unit. */
  readonly unit: string;
}

/**
 * Name of a metric stream in Prometheus, equal to what a Collector with the translation strategy
 * `UnderscoreEscapingWithSuffixes` produces, so that one query serves the direct scrape and the Collector.
 *
 * Characters Prometheus does not know become `_` (runs collapse), the unit and `_total` (counters) or `_ratio` (gauges with
 * unit `1`) are appended unless the name has them already, a leading digit gets a `_`. Histograms are named without
 * `_bucket`, `_sum`, `_count`. Empty when nothing of the name is left.
 *
 * Source: github.com/prometheus/otlptranslator, `metric_namer.go`.
 */
export function prometheusName(stream: NamedStream): string {
  let tokens = stream.name.split(/[^a-zA-Z0-9:]+/).filter((token) => token !== '');
  const { main, per } = unitWords(stream.unit);
  const withMain = main !== '' && !tokens.includes(main);
  const withPer = per !== '' && !tokens.includes(per);
  if (withMain) tokens.push(main);
  if (withPer) tokens.push(per);
  if (stream.kind === 'counter') tokens = moveToEnd(tokens, 'total');
  // Up-down counters with unit 1 count things, only gauges are ratios.
  if (stream.kind === 'gauge' && stream.unit === '1') tokens = moveToEnd(tokens, 'ratio');
  const name = tokens.join('_');
  return /^[0-9]/.test(name) ? `_${name}` : name;
}

function moveToEnd(tokens: readonly string[], suffix: string): string[] {
  return [...tokens.filter((token) => token !== suffix), suffix];
}
