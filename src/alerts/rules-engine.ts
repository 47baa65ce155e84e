import type { MetricData } from '@opentelemetry/sdk-metrics';
import type { AlertNotice } from '../core/model/alert.ts';
import type { AlertBook } from './alert-book.ts';
import { MetricSeries } from './metric-series.ts';
import type { CollectedMetrics } from './metric-sources.ts';
import type { Rule } from './rule.ts';
import { type Reading, RuleWatch } from './rule-watch.ts';

/** The Prometheus name of a metric, so that rules may be written in either name. */
export type PrometheusNameOf = (metric: MetricData) => string;

interface Result {
  readonly rule: Rule;
  readonly unit: string;
  readonly readings: readonly Reading[];
}

/** Evaluates all rules over one complete collection after the other. Synchronous: a rule never sees half a collection. */
export class RulesEngine {
  readonly rules: readonly Rule[];
  readonly #book: AlertBook;
  readonly #watches: readonly RuleWatch[];
  readonly #series = new Map<string, MetricSeries>();
  readonly #prometheusName: PrometheusNameOf;
  readonly #aliases = new Map<string, string>();
  #collection = 0;
  #previousMs = 0;

  constructor(options: {
    rules: readonly Rule[];
    book: AlertBook;
    prometheusName: PrometheusNameOf;
  }) {
    this.rules = options.rules;
    this.#book = options.book;
    this.#prometheusName = options.prometheusName;
    this.#watches = options.rules.map((rule) => new RuleWatch(rule, (metric) => this.#seriesOf(metric)));
  }

  /** What was left out because of a bound: series and combinations of attributes. */
  get leftOut(): { readonly series: number; readonly rules: number } {
    let series = 0;
    for (const metric of this.#series.values()) series += metric.leftOut;
    return { series, rules: this.#watches.filter((watch) => watch.limited).length };
  }

  /**
   * Takes in one collection and judges every rule by it. The first one only says where growth starts from.
   *
   * @param nowMs monotonic
   * @param wallMs the same instant since the Unix epoch
   * @returns what channels have to hear of
   */
  evaluate({ scopeMetrics, joined }: CollectedMetrics, nowMs: number, wallMs: number): AlertNotice[] {
    const isFirst = this.#collection === 0;
    this.#collection += 1;
    const elapsedMs = isFirst ? 0 : Math.max(0, nowMs - this.#previousMs);
    this.#previousMs = nowMs;
    const wanted = new Map<MetricSeries, MetricData[]>();
    const baseline = new Set<MetricData>();
    for (const scope of scopeMetrics) {
      const isBaseline = isFirst || joined?.has(scope) === true;
      for (const metric of scope.metrics) {
        const series = this.#series.get(metric.descriptor.name) ?? this.#series.get(this.#alias(metric));
        if (series === undefined) continue;
        if (isBaseline) baseline.add(metric);
        const found = wanted.get(series);
        if (found === undefined) wanted.set(series, [metric]);
        else found.push(metric);
      }
    }
    for (const [series, metrics] of wanted) series.read(metrics, this.#collection, nowMs, baseline);
    return this.#book.apply(this.#judge(nowMs, elapsedMs), nowMs, wallMs);
  }

  *#judge(nowMs: number, elapsedMs: number): Generator<Result> {
    for (const watch of this.#watches) {
      const { rule } = watch;
      yield { rule, unit: rule.unit ?? this.#unitOf(rule), readings: watch.read(this.#collection, nowMs, elapsedMs) };
    }
  }

  #unitOf({ aggregate, metric }: Rule): string {
    const unit = this.#series.get(metric)?.unit ?? '';
    if (aggregate === 'ratio') return '%';
    if (aggregate === 'rate') return '/s';
    return aggregate === 'increase' ? '' : unit;
  }

  #seriesOf(metric: string): MetricSeries {
    const known = this.#series.get(metric);
    if (known !== undefined) return known;
    const series = new MetricSeries();
    this.#series.set(metric, series);
    return series;
  }

  /** Descriptors are few and stay the same: the name is worked out once. */
  #alias(metric: MetricData): string {
    const { name, unit } = metric.descriptor;
    const key = `${metric.dataPointType} ${unit} ${name}`;
    let alias = this.#aliases.get(key);
    if (alias === undefined) {
      alias = this.#prometheusName(metric);
      if (this.#aliases.size < MAX_ALIASES) this.#aliases.set(key, alias);
    }
    return alias;
  }
}

const MAX_ALIASES = 5_000;
