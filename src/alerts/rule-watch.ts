import type { MetricSeries, SeriesKind } from './metric-series.ts';
import type { Combination, Rule, Selection } from './rule.ts';
import { type SeriesGroup, SeriesGroups } from './series-groups.ts';
import { WindowSums } from './window-sums.ts';

/** What a rule looks at for one combination of attributes; no figure is no verdict. */
export interface Reading {
  readonly key: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly value: number | undefined;
}

/** One rule over the series it needs: their figures within its window. */
export class RuleWatch {
  readonly rule: Rule;
  readonly #groups: SeriesGroups;
  readonly #over: SeriesGroups | undefined;
  /** Time between the collections of the window: what a rate is by. */
  readonly #time: WindowSums;

  /** @param seriesOf the series of a metric, shared by all rules over it */
  constructor(rule: Rule, seriesOf: (metric: string) => MetricSeries) {
    this.rule = rule;
    this.#time = new WindowSums(rule.windowMs, 1);
    const options = {
      by: rule.by,
      windowMs: rule.aggregate === 'value' ? undefined : rule.windowMs,
      combine: (kind: SeriesKind): Combination => rule.combine ?? defaultCombination(rule, kind),
    };
    const groups = (selection: Selection): SeriesGroups =>
      new SeriesGroups(seriesOf(selection.metric), selection, options);
    this.#groups = groups(rule);
    this.#over = rule.over === undefined ? undefined : groups(rule.over);
  }

  /** Whether there are more combinations of attributes than are looked at. */
  get limited(): boolean {
    return this.#groups.limited || (this.#over?.limited ?? false);
  }

  /**
   * The figures of this collection, which the metrics' series have taken in before.
   *
   * @param elapsedMs since the collection before it
   */
  read(collection: number, nowMs: number, elapsedMs: number): Reading[] {
    this.#time.advance(nowMs);
    this.#time.add(0, elapsedMs);
    this.#groups.read(collection, nowMs);
    this.#over?.read(collection, nowMs);
    const readings: Reading[] = [];
    // A ratio has a verdict wherever there is something to divide by, also while nothing is to be divided.
    for (const [key, group] of (this.#over ?? this.#groups).groups) {
      const value = this.#over === undefined ? this.#figure(group) : this.#ratio(this.#groups.groups.get(key), group);
      readings.push({ key, attributes: group.attributes, value });
    }
    return readings;
  }

  #figure(group: SeriesGroup): number | undefined {
    const { aggregate, minSamples, quantile } = this.rule;
    if (!group.present) return undefined;
    switch (aggregate) {
      case 'value':
        return group.value;
      case 'increase':
        return group.kind === 'gauge' ? undefined : group.growth();
      case 'rate': {
        const seconds = this.#time.total(0) / 1000;
        return group.kind === 'gauge' || seconds <= 0 ? undefined : group.growth() / seconds;
      }
      case 'mean': {
        const count = group.growth();
        if (group.kind !== 'gauge' && group.kind !== 'histogram') return undefined;
        return count === 0 || count < minSamples ? undefined : group.sum() / count;
      }
      default:
        return group.growth() < minSamples ? undefined : group.quantile(quantile);
    }
  }

  #ratio(part: SeriesGroup | undefined, whole: SeriesGroup): number | undefined {
    if (!whole.present) return undefined;
    const isGauge = whole.kind === 'gauge' || whole.kind === 'updowncounter';
    const divisor = isGauge ? (whole.value ?? 0) : whole.growth();
    if (divisor === 0 || (!isGauge && divisor < this.rule.minSamples)) return undefined;
    if (part === undefined) return 0;
    return (isGauge ? (part.value ?? 0) : part.growth()) / divisor;
  }
}

function defaultCombination({ operator, aggregate }: Rule, kind: SeriesKind): Combination {
  if (kind !== 'gauge' || aggregate === 'ratio') return 'sum';
  return operator.startsWith('>') ? 'max' : 'min';
}
