/**
 * OpenTelemetry metrics as Prometheus text format 0.0.4 or OpenMetrics 1.0.
 *
 * Metrics of all scopes are grouped by their Prometheus name: one HELP, UNIT and TYPE per name, from whichever metric came
 * first. What the format cannot carry (a second type for a name, two series with the same labels, delta values, a name
 * without a usable character) is left out, counted, and named in a comment, never sent in a form that would make
 * Prometheus reject the whole scrape. OpenMetrics knows no comments, there it is only counted; it has exemplars instead, and
 * ends with `# EOF`.
 *
 * The resource goes into `target_info` with all its attributes (`service_name` and so on). It carries no `job` and
 * `instance`: the scraping Prometheus sets those on every series of the target, `target_info` included, so that joins on
 * `(job, instance)` work.
 */
import type { MetricData, ResourceMetrics, ScopeMetrics } from '@opentelemetry/sdk-metrics';
import type { Clock } from '../../core/clock.ts';
import { inTurns } from '../../core/in-turns.ts';
import { prometheusName } from '../../semconv/prometheus-name.ts';
import { prometheusUnit } from '../../semconv/prometheus-unit.ts';
import type { StreamKind } from '../../semconv/stream.ts';
import {
  DATA_POINT_EXPONENTIAL_HISTOGRAM,
  DATA_POINT_GAUGE,
  DATA_POINT_HISTOGRAM,
  DATA_POINT_SUM,
  TEMPORALITY_DELTA,
} from './data-point-type.ts';
import type { ExemplarPoint } from './exemplar-text.ts';
import { explicitBuckets } from './exponential-buckets.ts';
import { escapeHelp, escapeLabelValue, formatLabels } from './labels.ts';
import { histogramLines, sampleLine } from './sample-lines.ts';
import { type CacheBudget, type Series, StreamSeries, type Syntax } from './series-cache.ts';

const TARGET_INFO = 'target_info';
const HISTOGRAM_SUFFIXES = ['_bucket', '_sum', '_count'] as const;
const MAX_NOTES = 20;
/** Some ten microseconds' work each. */
const HISTOGRAMS_PER_STEP = 8;
const SAMPLES_PER_STEP = 64;

/** Options of a formatter. */
export interface PrometheusFormatterOptions {
  /** Series whose rendered labels are kept between scrapes; more are formatted as well, only slower. Default 20,000. */
  readonly maxCachedSeries?: number;
}

interface Member {
  readonly metric: MetricData;
  readonly stream: StreamSeries;
}

interface Family {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly members: Member[];
}

/** Formats collected metrics; keep one instance per endpoint, it remembers the labels of the series it has seen. */
export class PrometheusFormatter {
  readonly #maxCachedSeries: number;
  readonly #budget: CacheBudget;
  #streams = new Map<string, StreamSeries>();
  #composition = new Map<string, readonly StreamSeries[]>();
  #leftOut = 0;
  #notes: string[] = [];
  /** Until the text that is being made is complete: what is known of series is changed on the way. */
  #busy: Promise<void> = Promise.resolve();

  constructor(options: PrometheusFormatterOptions = {}) {
    this.#maxCachedSeries = options.maxCachedSeries ?? 20_000;
    this.#budget = { left: this.#maxCachedSeries };
  }

  /** Series whose labels are kept at the moment. */
  get cachedSeries(): number {
    return this.#maxCachedSeries - this.#budget.left;
  }

  /** Series the last text does not contain because the format cannot carry them. */
  get leftOutSeries(): number {
    return this.#leftOut;
  }

  /** The text for one collection; never throws for anything the SDK can produce. */
  format(resourceMetrics: ResourceMetrics, syntax: Syntax = 'text'): string {
    const text: string[] = [];
    const pieces = this.#pieces(resourceMetrics, syntax, text);
    while (pieces.next().done !== true);
    return text.join('');
  }

  /**
   * The same in UTF-8, in several turns of the event loop where it is much; texts asked for at the same time are made one after the
   * other.
   */
  formatInTurns(resourceMetrics: ResourceMetrics, syntax: Syntax, clock: Pick<Clock, 'now'>): Promise<Buffer> {
    const encoded: Buffer[] = [];
    const made = this.#busy.then(() => inTurns(this.#encodedPieces(resourceMetrics, syntax, encoded), clock));
    this.#busy = made.catch(() => {});
    return made.then(() => Buffer.concat(encoded));
  }

  *#encodedPieces(resourceMetrics: ResourceMetrics, syntax: Syntax, encoded: Buffer[]): Generator<void> {
    const text: string[] = [];
    for (const pieces = this.#pieces(resourceMetrics, syntax, text); ; ) {
      const { done } = pieces.next();
      if (text.length > 0) encoded.push(Buffer.from(text.splice(0).join('')));
      if (done === true) return;
      yield;
    }
  }

  /** Appends the text, some lines per step. */
  *#pieces(resourceMetrics: ResourceMetrics, syntax: Syntax, text: string[]): Generator<void> {
    this.#leftOut = 0;
    this.#notes = [];
    const families = this.#group(resourceMetrics.scopeMetrics);
    text.push(targetInfo(resourceMetrics, syntax));
    const composition = new Map<string, readonly StreamSeries[]>();
    for (const family of families) {
      yield;
      composition.set(
        family.name,
        family.members.map((member) => member.stream),
      );
      yield* this.#familyText(family, syntax, text);
    }
    this.#composition = composition;
    if (syntax === 'openmetrics') text.push('# EOF\n');
    else text.push(...this.#notes.map((note) => `# mcp-vitals: left out: ${escapeHelp(note)}\n`));
  }

  #group(scopes: readonly ScopeMetrics[]): Iterable<Family> {
    const families = new Map<string, Family>();
    const sampleNames = new Map<string, string>([[TARGET_INFO, TARGET_INFO]]);
    const streams = new Map<string, StreamSeries>();
    for (const { scope, metrics } of scopes) {
      for (const metric of metrics) {
        const kind = kindOf(metric);
        const name = kind === undefined ? '' : prometheusName({ ...metric.descriptor, kind });
        const type = typeOf(kind);
        const problem = refusal(metric, name) ?? conflict(families, sampleNames, name, type);
        if (problem !== undefined) {
          this.#leaveOut(metric.dataPoints.length, `${metric.descriptor.name} of ${scope.name}: ${problem}`);
          continue;
        }
        for (const sample of sampleNamesOf(name, type)) sampleNames.set(sample, name);
        const family = families.get(name) ?? { name, type, members: [] };
        families.set(name, family);

        let key = JSON.stringify([scope.name, scope.version, scope.schemaUrl, metric.descriptor.name, name, type]);
        while (streams.has(key)) key += '+';
        const stream = this.#streams.get(key) ?? new StreamSeries(name, type === 'histogram', scope, this.#budget);
        streams.set(key, stream);
        family.members.push({ metric, stream });
      }
    }
    for (const [key, stream] of this.#streams) if (streams.get(key) !== stream) stream.clear();
    this.#streams = streams;
    return families.values();
  }

  *#familyText(family: Family, syntax: Syntax, text: string[]): Generator<void> {
    const previous = this.#composition.get(family.name) ?? [];
    let changed = previous.length !== family.members.length;
    const resolved = family.members.map(({ metric, stream }, at) => {
      const points: readonly MetricData['dataPoints'][number][] = metric.dataPoints;
      const found = stream.resolve(points);
      changed ||= found.changed || previous[at] !== stream;
      return found.series;
    });
    if (changed) markDuplicates(resolved);

    const first = family.members[0]?.metric.descriptor;
    text.push(familyHead(family, first?.description ?? '', prometheusUnit(first?.unit ?? ''), syntax));
    for (const [at, member] of family.members.entries()) {
      yield;
      const series = resolved[at] ?? [];
      const duplicates = series.reduce((count, one) => count + (one.duplicate ? 1 : 0), 0);
      if (duplicates > 0) this.#leaveOut(duplicates, `${duplicates} series of ${family.name}: labels exist already`);
      yield* memberText(member, series, syntax, text);
    }
  }

  #leaveOut(count: number, note: string): void {
    this.#leftOut += count;
    if (this.#notes.length < MAX_NOTES) this.#notes.push(note);
  }
}

/** What stands above the samples of a family. */
function familyHead({ name, type }: Family, description: string, unit: string, syntax: Syntax): string {
  const isOpen = syntax === 'openmetrics';
  // In OpenMetrics the suffix belongs to the sample, not to the family, and a unit must be the end of the name.
  const family = isOpen && type === 'counter' ? name.replace(/_total$/, '') : name;
  let text = '';
  if (description !== '')
    text += `# HELP ${family} ${isOpen ? escapeLabelValue(description) : escapeHelp(description)}\n`;
  if (unit !== '' && (!isOpen || family.endsWith(`_${unit}`))) text += `# UNIT ${family} ${unit}\n`;
  return `${text}# TYPE ${family} ${type}\n`;
}

function* memberText(
  { metric, stream }: Member,
  series: readonly Series[],
  syntax: Syntax,
  text: string[],
): Generator<void> {
  if (metric.dataPointType === DATA_POINT_HISTOGRAM) {
    for (const [at, point] of metric.dataPoints.entries()) {
      const { value } = point;
      const { boundaries, counts } = value.buckets;
      const exemplars = syntax === 'openmetrics' ? (point as ExemplarPoint).exemplars : undefined;
      text.push(histogramLines(series[at], boundaries, stream.tails(boundaries, syntax), counts, value, exemplars));
      if (at % HISTOGRAMS_PER_STEP === 0) yield;
    }
  } else if (metric.dataPointType === DATA_POINT_EXPONENTIAL_HISTOGRAM) {
    const { boundaries, counts } = explicitBuckets(metric.dataPoints.map((point) => point.value));
    for (const [at, { value }] of metric.dataPoints.entries()) {
      text.push(histogramLines(series[at], boundaries, stream.tails(boundaries, syntax), counts[at] ?? [], value));
      if (at % HISTOGRAMS_PER_STEP === 0) yield;
    }
  } else {
    const { dataPoints } = metric;
    for (let at = 0; at < dataPoints.length; at += 1) {
      text.push(sampleLine(series[at], dataPoints[at]?.value));
      if (at % SAMPLES_PER_STEP === 0) yield;
    }
  }
}

function markDuplicates(members: readonly (readonly Series[])[]): void {
  const seen = new Set<string>();
  for (const series of members) {
    for (const one of series) {
      one.duplicate = seen.has(one.labels);
      seen.add(one.labels);
    }
  }
}

function kindOf(metric: MetricData): StreamKind | undefined {
  switch (metric.dataPointType) {
    case DATA_POINT_SUM:
      return metric.isMonotonic ? 'counter' : 'updowncounter';
    case DATA_POINT_GAUGE:
      return 'gauge';
    case DATA_POINT_HISTOGRAM:
    case DATA_POINT_EXPONENTIAL_HISTOGRAM:
      return 'histogram';
    default:
      return undefined;
  }
}

function typeOf(kind: StreamKind | undefined): Family['type'] {
  return kind === 'counter' || kind === 'histogram' ? kind : 'gauge';
}

function sampleNamesOf(name: string, type: Family['type']): readonly string[] {
  return type === 'histogram' ? [name, ...HISTOGRAM_SUFFIXES.map((suffix) => name + suffix)] : [name];
}

function refusal(metric: MetricData, name: string): string | undefined {
  if (name === '') return 'no usable name or an unknown kind';
  const isGauge = metric.dataPointType === DATA_POINT_GAUGE;
  if (!isGauge && metric.aggregationTemporality === TEMPORALITY_DELTA)
    return 'delta values, Prometheus needs cumulative';
  return undefined;
}

function conflict(
  families: ReadonlyMap<string, Family>,
  sampleNames: ReadonlyMap<string, string>,
  name: string,
  type: Family['type'],
): string | undefined {
  const family = families.get(name);
  if (family !== undefined) return family.type === type ? undefined : `${name} is a ${family.type} already`;
  const taken = sampleNamesOf(name, type).find((sample) => sampleNames.has(sample));
  return taken === undefined ? undefined : `${taken} belongs to ${sampleNames.get(taken)} already`;
}

function targetInfo({ resource }: ResourceMetrics, syntax: Syntax): string {
  const labels = formatLabels(resource.attributes);
  if (labels === '') return '';
  const [family, type] = syntax === 'openmetrics' ? ['target', 'info'] : [TARGET_INFO, 'gauge'];
  return `# HELP ${family} Target metadata\n# TYPE ${family} ${type}\n${TARGET_INFO}{${labels}} 1\n`;
}
