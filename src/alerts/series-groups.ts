import { type AttributeFilter, attributeText, compileFilter, type PointAttributes } from './attribute-filter.ts';
import { bucketQuantile } from './bucket-quantile.ts';
import { ExponentialWindow } from './exponential-window.ts';
import type { CollectedSeries, MetricSeries, SeriesKind } from './metric-series.ts';
import type { Combination, Selection } from './rule.ts';
import { WindowSums } from './window-sums.ts';

/** Combinations of attributes one rule distinguishes; more are not looked at. */
const MAX_GROUPS = 100;

/** Figures summed side by side in a window: growth, sum of recordings, then the buckets. */
const GROWTH = 0;
const SUM = 1;
const FIRST_BUCKET = 2;

/** The series of one selection that belong together: one combination of the `by` attributes. */
export class SeriesGroup {
  readonly attributes: Readonly<Record<string, string>>;
  readonly members: CollectedSeries[] = [];
  kind: SeriesKind = 'gauge';
  /** Whether the last collection held any of the members. */
  present = false;
  /** The members' latest values combined. */
  value: number | undefined;
  #boundaries: readonly number[] | undefined;
  #exponential: ExponentialWindow | undefined;
  #window: WindowSums | undefined;
  #width = 0;

  constructor(attributes: Readonly<Record<string, string>>) {
    this.attributes = attributes;
  }

  /** Takes in what the members read in this collection. */
  read(collection: number, nowMs: number, windowMs: number | undefined, combine: Combination): void {
    let value: number | undefined;
    this.present = false;
    for (const member of this.members) {
      if (member.collection !== collection || Number.isNaN(member.value)) continue;
      this.present = true;
      this.kind = member.kind;
      value = value === undefined ? member.value : combined(value, member.value, combine);
    }
    this.value = value;
    if (windowMs === undefined) return;
    if (this.present && this.#window === undefined) this.#open(windowMs);
    this.#window?.advance(nowMs);
    this.#exponential?.advance(nowMs);
    if (value === undefined) return;
    if (this.kind === 'gauge') this.#add(1, value);
    else
      for (const member of this.members) if (member.collection === collection) this.#addGrowth(member, nowMs, windowMs);
  }

  /** Growth within the window; of a gauge the number of collections. */
  growth(): number {
    return this.#window?.total(GROWTH) ?? 0;
  }

  /** Sum of what was recorded within the window; of a gauge of its collections. */
  sum(): number {
    return this.#window?.total(SUM) ?? 0;
  }

  /**
   * Quantile of what was recorded within the window, of buckets of either kind; where members have both, of the explicit ones.
   *
   * @returns `undefined` without recordings or without buckets
   */
  quantile(quantile: number): number | undefined {
    if (this.#boundaries === undefined || this.#window === undefined) return this.#exponential?.quantile(quantile);
    return bucketQuantile(quantile, this.#boundaries, this.#window.totals().subarray(FIRST_BUCKET));
  }

  /** Buckets are known with the first member that has some; members with others cannot be added up with them. */
  #open(windowMs: number): void {
    this.#boundaries = this.members.find((member) => member.boundaries !== undefined)?.boundaries;
    this.#width = FIRST_BUCKET + (this.#boundaries === undefined ? 0 : this.#boundaries.length + 1);
    this.#window = new WindowSums(windowMs, this.#width);
  }

  #add(growth: number, sum: number): void {
    this.#window?.add(GROWTH, growth);
    if (Number.isFinite(sum)) this.#window?.add(SUM, sum);
  }

  #addGrowth(member: CollectedSeries, nowMs: number, windowMs: number): void {
    if (member.increase === 0) return;
    this.#add(member.increase, member.sumIncrease);
    if (member.exponentialIncrease !== undefined) {
      if (this.#exponential === undefined) {
        this.#exponential = new ExponentialWindow(windowMs);
        this.#exponential.advance(nowMs);
      }
      this.#exponential.add(member.exponentialIncrease);
    }
    const buckets = member.bucketIncreases;
    if (buckets === undefined || FIRST_BUCKET + buckets.length !== this.#width) return;
    for (let at = 0; at < buckets.length; at++) this.#window?.add(FIRST_BUCKET + at, buckets[at] ?? 0);
  }
}

function combined(a: number, b: number, combine: Combination): number {
  if (combine === 'sum') return a + b;
  return combine === 'max' ? Math.max(a, b) : Math.min(a, b);
}

/** The series one rule looks at, in groups by attributes; kept up to date as series appear and vanish. */
export class SeriesGroups {
  readonly groups: Map<string, SeriesGroup> = new Map();
  readonly #filter: AttributeFilter;
  readonly #by: readonly string[];
  readonly #windowMs: number | undefined;
  readonly #combine: (kind: SeriesKind) => Combination;
  /** Whether a series was left out because there were too many groups. */
  limited = false;

  constructor(
    source: MetricSeries,
    selection: Selection,
    options: {
      by: readonly string[];
      windowMs: number | undefined;
      combine: (kind: SeriesKind) => Combination;
    },
  ) {
    this.#filter = compileFilter(selection.where);
    this.#by = options.by;
    this.#windowMs = options.windowMs;
    this.#combine = options.combine;
    source.follow({ onNew: (series) => this.#add(series), onGone: (series) => this.#remove(series) });
  }

  /** Takes in a collection, after the metric's series have. */
  read(collection: number, nowMs: number): void {
    for (const group of this.groups.values()) {
      const kind = group.members[0]?.kind ?? group.kind;
      group.read(collection, nowMs, this.#windowMs, this.#combine(kind));
    }
  }

  #add(series: CollectedSeries): void {
    if (!this.#filter(series.attributes)) return;
    const key = this.#keyOf(series.attributes);
    let group = this.groups.get(key);
    if (group === undefined) {
      if (this.groups.size >= MAX_GROUPS) {
        this.limited = true;
        return;
      }
      group = new SeriesGroup(this.#attributesOf(series.attributes));
      this.groups.set(key, group);
    }
    group.members.push(series);
  }

  #remove(series: CollectedSeries): void {
    const key = this.#keyOf(series.attributes);
    const group = this.groups.get(key);
    const at = group?.members.indexOf(series) ?? -1;
    if (group === undefined || at < 0) return;
    group.members.splice(at, 1);
    if (group.members.length === 0) this.groups.delete(key);
  }

  #keyOf(attributes: PointAttributes): string {
    return this.#by.length === 0 ? '' : JSON.stringify(this.#by.map((name) => attributeText(attributes, name)));
  }

  #attributesOf(attributes: PointAttributes): Readonly<Record<string, string>> {
    const texts = this.#by.map((name) => [name, attributeText(attributes, name)] as const);
    return Object.fromEntries(texts.filter(([, text]) => text !== ''));
  }
}
