import type { AGGREGATES, AttributePatterns, COMBINATIONS, OPERATORS } from '../../config/rule-fields.ts';
import type { Indicator } from '../../core/model/objective.ts';
import type { ObjectiveDefinition } from '../../core/model/objective-definition.ts';
import { HOST_STREAMS } from '../../semconv/host-streams.ts';
import { prometheusLabelName } from '../../semconv/prometheus-label.ts';
import { RUNTIME_STREAMS } from '../../semconv/runtime-streams.ts';
import type { Stream, StreamKind } from '../../semconv/stream.ts';
import { METRIC_SERVER_OPERATION_DURATION, STREAMS } from '../../semconv/streams.ts';
import {
  durationText,
  FLEET_LABELS,
  labelIsNot,
  labelLike,
  labelUnlike,
  metricOf,
  numberText,
  selector,
} from '../promql.ts';
import type { AlertingRule, RuleGroup } from './rule-group.ts';

/** A rule as the alerts of the process have it, every field decided. */
export interface ThresholdRule {
  readonly name: string;
  readonly metric: string;
  readonly where: AttributePatterns;
  readonly by: readonly string[];
  readonly aggregate: (typeof AGGREGATES)[number];
  readonly quantile: number;
  readonly over: { readonly metric: string; readonly where: AttributePatterns } | undefined;
  readonly combine: (typeof COMBINATIONS)[number] | undefined;
  readonly minSamples: number;
  readonly operator: (typeof OPERATORS)[number];
  readonly threshold: number;
  readonly windowMs: number;
  readonly forMs: number;
  readonly severity: string;
  readonly category: string;
  readonly message: string;
}

/** A shorter window holds too few scrapes at the usual 15 to 30 s for a rate. */
const SHORTEST_WINDOW_MS = 120_000;

const OWN_STREAMS: readonly Stream[] = [...STREAMS, ...RUNTIME_STREAMS, ...HOST_STREAMS];

/** Rules of the process as alerts of the fleet, one alert per server, and those whose metric has no known Prometheus name. */
export interface ThresholdGroup {
  readonly group: RuleGroup;
  readonly leftOut: readonly string[];
}

/** Translates rules that compare a figure with a threshold. */
export function thresholdGroup(rules: readonly ThresholdRule[]): ThresholdGroup {
  const leftOut: string[] = [];
  const alerts = rules.flatMap((rule): AlertingRule[] => {
    const figure = figureOf(rule);
    if (figure === undefined) {
      leftOut.push(rule.name);
      return [];
    }
    return [
      {
        alert: alertName(rule.name),
        expr: `${figure} ${rule.operator} ${numberText(rule.threshold)}`,
        ...(rule.forMs > 0 ? { for: durationText(rule.forMs) } : {}),
        labels: { severity: rule.severity, category: rule.category },
        annotations: { summary: summaryOf(rule) },
      },
    ];
  });
  return { group: { name: 'mcp-vitals-thresholds', interval: '30s', rules: alerts }, leftOut };
}

/** `pool-exhausted` as `McpPoolExhausted`. */
function alertName(name: string): string {
  const words = name.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  return `Mcp${words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')}`;
}

interface Named {
  readonly metric: string;
  readonly kind: StreamKind | undefined;
}

/** A metric by its name in OpenTelemetry or in Prometheus; unknown ones are taken at their word only in Prometheus. */
function metricNamed(name: string): Named | undefined {
  const stream = OWN_STREAMS.find((candidate) => candidate.name === name || metricOf(candidate) === name);
  if (stream !== undefined) return { metric: metricOf(stream), kind: stream.kind };
  if (!/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name)) return undefined;
  return { metric: name, kind: name.endsWith('_total') ? 'counter' : undefined };
}

function figureOf(rule: ThresholdRule): string | undefined {
  const named = metricNamed(rule.metric);
  const over = rule.over === undefined ? undefined : metricNamed(rule.over.metric);
  if (named === undefined || (rule.over !== undefined && over === undefined)) return undefined;
  const { metric, kind } = named;
  const labels = [...FLEET_LABELS, 'instance', ...rule.by.map(prometheusLabelName)].join(', ');
  const window = windowOf(rule);
  const sum = (fn: string, name: string, where: AttributePatterns): string =>
    `sum by (${labels}) (${fn}(${selector(name, matchersOf(where))}[${window}]))`;
  const recorded = (of: Named): string => (of.kind === 'histogram' ? `${of.metric}_count` : of.metric);
  const enough = (of: Named, where: AttributePatterns): string =>
    rule.minSamples > 1 ? ` and ${sum('increase', recorded(of), where)} >= ${rule.minSamples}` : '';
  switch (rule.aggregate) {
    case 'rate':
    case 'increase':
      return sum(rule.aggregate, recorded(named), rule.where);
    case 'mean':
      if (kind !== 'histogram')
        return `avg by (${labels}) (avg_over_time(${selector(metric, matchersOf(rule.where))}[${window}]))`;
      return `(${sum('rate', `${metric}_sum`, rule.where)} / (${sum('rate', `${metric}_count`, rule.where)} > 0)${enough(named, rule.where)})`;
    case 'quantile': {
      const buckets = `sum by (${labels}, le) (rate(${selector(`${metric}_bucket`, matchersOf(rule.where))}[${window}]))`;
      return `(histogram_quantile(${numberText(rule.quantile)}, ${buckets})${enough(named, rule.where)})`;
    }
    case 'ratio': {
      const { metric: overName, where = {} } = rule.over ?? { metric: rule.metric };
      const divisor = over ?? named;
      const isGauge = kind === 'gauge' || kind === 'updowncounter';
      if (isGauge) {
        const latest = (name: string, of: AttributePatterns): string =>
          `sum by (${labels}) (${selector(name, matchersOf(of))})`;
        return `(${latest(metric, rule.where)} / (${latest(divisor.metric, where)} != 0))`;
      }
      const all = sum('rate', recorded(divisor), where);
      // What has not happened yet has no series: that is none of them, not an unknown share.
      const share = `(${sum('rate', recorded(named), rule.where)} or 0 * ${all})`;
      const counted = overName === '' ? '' : enough(divisor, where);
      return `(${share} / (${all} > 0)${counted})`;
    }
    default: {
      const combine = rule.combine ?? (kind !== 'gauge' ? 'sum' : rule.operator.startsWith('>') ? 'max' : 'min');
      return `${combine} by (${labels}) (${selector(recorded(named), matchersOf(rule.where))})`;
    }
  }
}

/** Patterns as matchers: `*` means present, a leading `!` turns one round. */
function matchersOf(where: AttributePatterns): string[] {
  return Object.entries(where).flatMap(([attribute, given]) => {
    const texts = typeof given === 'string' ? [given] : given;
    const wanted = texts.filter((text) => !text.startsWith('!'));
    const unwanted = texts.filter((text) => text.startsWith('!')).map((text) => text.slice(1));
    return [
      ...(wanted.length === 0 ? [] : [wanted.includes('*') ? labelIsNot(attribute, '') : labelLike(attribute, wanted)]),
      ...(unwanted.length === 0
        ? []
        : [unwanted.includes('*') ? labelLike(attribute, ['']) : labelUnlike(attribute, unwanted)]),
    ];
  });
}

function summaryOf(rule: ThresholdRule): string {
  const { name, message, metric, threshold, by } = rule;
  const text = message.replace(/\{([^{}]+)\}/g, (_, word: string) => {
    if (word === 'value') return '{{ $value | humanize }}';
    if (word === 'threshold') return numberText(threshold);
    if (word === 'window') return windowOf(rule);
    if (word === 'rule') return name;
    if (word === 'metric') return metric;
    if (word === 'attributes') return by.map((attribute) => `${attribute}=${labelText(attribute)}`).join(', ');
    return labelText(word);
  });
  return `{{ $labels.instance }}: ${text}`;
}

function labelText(attribute: string): string {
  return `{{ $labels.${prometheusLabelName(attribute)} }}`;
}

function windowOf({ windowMs }: ThresholdRule): string {
  return durationText(Math.max(windowMs, SHORTEST_WINDOW_MS));
}

const PROCESS_FIGURES: Partial<
  Record<Indicator, Pick<ThresholdRule, 'metric' | 'aggregate' | 'operator' | 'message'>>
> = {
  memory: {
    metric: 'process.memory.usage',
    aggregate: 'value',
    operator: '>',
    message: 'resident memory is {value} bytes, the objective {threshold}',
  },
  cpu: {
    metric: 'process.cpu.time',
    aggregate: 'rate',
    operator: '>',
    message: 'the process uses {value} cores, the objective is {threshold}',
  },
  throughput: {
    metric: METRIC_SERVER_OPERATION_DURATION,
    aggregate: 'rate',
    operator: '<',
    message: '{value} operations a second, the objective is {threshold}',
  },
};

/** Objectives on the process, as rules: they are about each server, not about the fleet. */
export function processRules(definitions: readonly ObjectiveDefinition[]): ThresholdRule[] {
  return definitions.flatMap(({ subject, indicator, target }) => {
    const figure = PROCESS_FIGURES[indicator];
    if (subject !== 'process' || target === undefined || figure === undefined) return [];
    return {
      name: `objective-${indicator}-missed`,
      where: {},
      by: [],
      quantile: 0,
      over: undefined,
      combine: undefined,
      minSamples: 1,
      threshold: target,
      windowMs: 300_000,
      forMs: 300_000,
      severity: 'warning',
      category: indicator === 'memory' ? 'memory' : indicator === 'cpu' ? 'resource' : 'throughput',
      ...figure,
    };
  });
}
