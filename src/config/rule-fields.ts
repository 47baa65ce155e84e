import { ALERT_CATEGORIES, type AlertCategory, SEVERITIES, type Severity } from '../core/model/alert.ts';
import { list } from './collection-fields.ts';
import { capText, showValue } from './display.ts';
import type { Field } from './field.ts';
import { boolean, createField, duration, number, oneOf, ratio, string } from './field-builders.ts';
import { type ItemsField, items } from './item-fields.ts';

/** The rules that are there without being written; `rules` overrides them by name. */
export const DEFAULT_RULE_NAMES = [
  'latency-high',
  'latency-critical',
  'response-time-high',
  'latency-regression',
  'error-rate-high',
  'error-burst',
  'latency-burst',
  'cpu-high',
  'memory-high',
  'memory-critical',
  'memory-emergency',
  'cache-hit-low',
  'throughput-low',
  'concurrency-high',
  'pool-exhausted',
  'database-errors',
  'cache-failures',
  'event-loop-stalled',
  'uptime-low',
  'objective-burn-page',
  'objective-burn-ticket',
  'anomaly',
  'telemetry-loss',
] as const;
export type DefaultRuleName = (typeof DEFAULT_RULE_NAMES)[number];

/** What is made of the series a rule looks at. */
export const AGGREGATES = ['value', 'rate', 'increase', 'ratio', 'mean', 'quantile'] as const;
/** How the figure is compared with the threshold. */
export const OPERATORS = ['>', '>=', '<', '<='] as const;
/** How the values of several series become one. */
export const COMBINATIONS = ['sum', 'max', 'min'] as const;

/** Patterns by attribute name: exact texts, `*` for any characters, a leading `!` for not; several as a list. */
export type AttributePatterns = Readonly<Record<string, string | readonly string[]>>;

/**
 * One rule: which figure, compared with what, and what is raised. A rule with the name of a default one changes that one in the
 * fields it gives; any other needs `metric`, `operator` and `threshold`.
 */
export interface RuleOptions {
  readonly name: string;
  /** `false` switches the rule off. @default true */
  readonly enabled?: boolean | undefined;
  /** Name of a metric, in OpenTelemetry (`my.queue.size`) or in Prometheus (`my_queue_size`); anybody's in this process. */
  readonly metric?: string | undefined;
  /** Only series with these attributes: `{ "queue": "import*", "error.type": "!timeout" }`. @default all */
  readonly where?: AttributePatterns | undefined;
  /** One alert per combination of these attributes. @default one alert for all series together */
  readonly by?: readonly string[] | undefined;
  /** @default 'value' */
  readonly aggregate?: (typeof AGGREGATES)[number] | undefined;
  /** Which quantile of a histogram, for the aggregate `quantile`. @default 0.95 */
  readonly quantile?: number | undefined;
  /** Metric a `ratio` divides by. @default the same metric */
  readonly overMetric?: string | undefined;
  /** Series of it a `ratio` divides by. @default all */
  readonly overWhere?: AttributePatterns | undefined;
  /** How several series become one. @default the sum; of gauges the one nearest to an alert */
  readonly combine?: (typeof COMBINATIONS)[number] | undefined;
  /** Recordings within the window below which there is no verdict. @default 1 */
  readonly minSamples?: number | undefined;
  readonly operator?: (typeof OPERATORS)[number] | undefined;
  /** In the unit of the metric. */
  readonly threshold?: number | undefined;
  /** The alert ends only when the figure is back over this one. @default the threshold */
  readonly clear?: number | undefined;
  /** Window of everything but `value`, milliseconds or text such as `5m`. @default 60000 */
  readonly window?: number | undefined;
  /** How long the condition must hold. @default 0 */
  readonly for?: number | undefined;
  /** How long it must be over before the alert is resolved. @default 0 */
  readonly clearFor?: number | undefined;
  /** After so long without a figure a firing alert is resolved. @default 60000 */
  readonly stale?: number | undefined;
  /** @default 'resource' */
  readonly category?: AlertCategory | undefined;
  /** @default 'warning' */
  readonly severity?: Severity | undefined;
  /** Text with `{value}`, `{threshold}`, `{window}`, `{rule}` and `{name of an attribute}`. */
  readonly message?: string | undefined;
  /** What to do next: a sentence, or the address of a runbook. */
  readonly advice?: string | undefined;
}

const HOUR_MS = 3_600_000;
const MAX_ATTRIBUTES = 16;
const MAX_PATTERNS = 16;
const MAX_TEXT = 255;

function patterns(description: string): Field<AttributePatterns | undefined> {
  const isText = (text: unknown): text is string => typeof text === 'string' && text.length <= MAX_TEXT;
  const read = (value: unknown): AttributePatterns | undefined => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    const entries = Object.entries(value);
    if (entries.length > MAX_ATTRIBUTES) return undefined;
    const result: [string, string | readonly string[]][] = [];
    for (const [name, given] of entries) {
      if (name === '' || name === '__proto__' || name.length > MAX_TEXT) return undefined;
      const scalar = typeof given === 'number' || typeof given === 'boolean' ? String(given) : given;
      if (isText(scalar)) result.push([name, scalar]);
      else if (Array.isArray(scalar) && scalar.length > 0 && scalar.length <= MAX_PATTERNS && scalar.every(isText)) {
        result.push([name, [...scalar]]);
      } else return undefined;
    }
    return Object.fromEntries(result);
  };
  return createField<AttributePatterns, undefined>(
    { description, fallback: undefined },
    {
      kind: 'map',
      expected: `an object of at most ${MAX_ATTRIBUTES} attributes, each with a text or a list of texts of at most ${MAX_TEXT} characters`,
      parseText: () => undefined,
      parseValue: read,
      show: (value) => {
        if (typeof value !== 'object' || value === null) return showValue(value);
        return capText(
          Object.entries(value)
            .slice(0, MAX_ATTRIBUTES)
            .map(([name, given]) => `${name}: ${showValue(given)}`)
            .join(', '),
        );
      },
    },
  );
}

function optionalList(description: string): Field<readonly string[] | undefined> {
  return { ...list({ fallback: [], description }), fallback: undefined };
}

function anyNumber(description: string): Field<number | undefined> {
  return number({ min: -Number.MAX_VALUE, max: Number.MAX_VALUE, fallback: undefined, description });
}

function interval(description: string, min = 0): Field<number | undefined> {
  return duration({ min, max: 24 * HOUR_MS, fallback: undefined, description });
}

const NAME = {
  maxLength: 64,
  pattern: /^[A-Za-z][A-Za-z0-9_.-]*$/,
  expected: 'a name of at most 64 letters, digits, -, _ and .',
} as const;
const METRIC = {
  maxLength: MAX_TEXT,
  pattern: /^[A-Za-z_][A-Za-z0-9_.:/-]*$/,
  expected: 'the name of a metric',
  fallback: undefined,
} as const;

const FIELDS: { readonly [K in keyof RuleOptions]-?: Field<RuleOptions[K]> } = {
  name: string({ ...NAME, fallback: '', description: 'Name of the rule' }) as Field<string>,
  enabled: { ...boolean({ fallback: true, description: 'Whether the rule is in force' }), fallback: undefined },
  metric: string({ ...METRIC, description: 'Metric the rule looks at' }),
  where: patterns('Attributes its series must have'),
  by: optionalList('Attributes that make an alert of their own'),
  aggregate: oneOf(AGGREGATES, { fallback: undefined, description: 'What is made of the series' }),
  quantile: ratio({ fallback: undefined, description: 'Quantile' }),
  overMetric: string({ ...METRIC, description: 'Metric a ratio divides by' }),
  overWhere: patterns('Attributes of the series a ratio divides by'),
  combine: oneOf(COMBINATIONS, { fallback: undefined, description: 'How several series become one' }),
  minSamples: number({ min: 0, max: 1e9, fallback: undefined, description: 'Recordings needed for a verdict' }),
  operator: oneOf(OPERATORS, { fallback: undefined, description: 'Comparison with the threshold' }),
  threshold: anyNumber('Threshold in the unit of the metric'),
  clear: anyNumber('Figure at which the alert ends'),
  window: duration({ min: 1000, max: HOUR_MS, fallback: undefined, description: 'Window' }),
  for: interval('How long the condition must hold'),
  clearFor: interval('How long it must be over'),
  stale: interval('How long a firing alert lasts without a figure', 1000),
  category: oneOf(ALERT_CATEGORIES, { fallback: undefined, description: 'Category' }),
  severity: oneOf(SEVERITIES, { fallback: undefined, description: 'Severity' }),
  message: string({ fallback: undefined, maxLength: 500, description: 'Text of the alert' }),
  advice: string({ fallback: undefined, maxLength: 500, description: 'What to do next' }),
};

/** Whether a rule of this name is there without being written. */
function isDefaultRule(name: string): name is DefaultRuleName {
  return DEFAULT_RULE_NAMES.some((known) => known === name);
}

function checkRule(rule: RuleOptions, problem: (property: keyof RuleOptions | '', expected: string) => void): void {
  if (!isDefaultRule(rule.name)) {
    for (const needed of ['metric', 'operator', 'threshold'] as const) {
      if (rule[needed] === undefined) problem(needed, `${FIELDS[needed].expected}; ${rule.name} is no default rule`);
    }
    if (
      rule.aggregate === 'ratio' &&
      rule.overMetric === undefined &&
      rule.overWhere === undefined &&
      rule.where === undefined
    ) {
      problem('aggregate', 'overMetric, overWhere or where beside ratio: this one is always 1');
    }
    if (rule.quantile !== undefined && rule.aggregate !== 'quantile')
      problem('quantile', 'the aggregate quantile beside it');
    if ((rule.overMetric ?? rule.overWhere) !== undefined && rule.aggregate !== 'ratio') {
      problem(rule.overMetric === undefined ? 'overWhere' : 'overMetric', 'the aggregate ratio beside it');
    }
  }
  const { operator, threshold, clear } = rule;
  if (operator !== undefined && threshold !== undefined && clear !== undefined) {
    const isUpper = operator.startsWith('>');
    if (isUpper ? clear > threshold : clear < threshold) {
      problem('clear', `${isUpper ? 'at most' : 'at least'} the threshold, ${threshold}`);
    }
  }
}

/** The setting `rules`. */
export const RULES_FIELD: ItemsField<RuleOptions> = items<RuleOptions>({
  env: 'MCP_VITALS_RULES',
  fallback: [],
  description: 'Rules besides the default ones, and changes to those by their names',
  items: 'rules',
  fields: FIELDS,
  required: ['name'],
  check: checkRule,
});
