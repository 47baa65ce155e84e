import { defaultRules, type RuleSurroundings } from '../../src/alerts/default-rules.ts';
import { figureText } from '../../src/alerts/figure-text.ts';
import type { AttributePatterns } from '../../src/config/rule-fields.ts';
import { RUNTIME_STREAMS } from '../../src/semconv/runtime-streams.ts';
import { STREAMS } from '../../src/semconv/streams.ts';

/** Surroundings in which every rule exists; the declared figures are not those of anybody. */
const ALL: RuleSurroundings = { profile: 'low-latency', expectedPerSecond: 100, concurrency: 100 };
const PRODUCTION: RuleSurroundings = { ...ALL, profile: 'production' };

/** What the table says of a threshold that depends on a declaration. */
const DECLARED: Readonly<Record<string, string>> = {
  'throughput-low': '80 % of `capacity.expectedPerSecond`',
  'concurrency-high': '80 % of `capacity.concurrency`',
};

type DefaultRule = NonNullable<ReturnType<ReturnType<typeof defaultRules>['get']>>;

function patternText(patterns: AttributePatterns = {}): string {
  const all = Object.entries(patterns).map(([name, pattern]) => {
    const texts = typeof pattern === 'string' ? [pattern] : pattern;
    return `\`${name}\` ${texts.map((text) => `\`${text}\``).join(', ')}`;
  });
  return all.length === 0 ? '' : ` (${all.join('; ')})`;
}

function figure(rule: DefaultRule): string {
  const metric = `\`${rule.metric}\`${patternText(rule.where)}`;
  switch (rule.aggregate) {
    case 'ratio':
      return `share of ${metric}`;
    case 'rate':
      return `${metric} per second`;
    case 'mean':
      return `mean of ${metric}`;
    case 'increase':
      return `growth of ${metric}`;
    default:
      return metric;
  }
}

function thresholdText({ threshold, unit, aggregate, metric }: DefaultRule): string {
  const ofMetric = [...STREAMS, ...RUNTIME_STREAMS].find(({ name }) => name === metric)?.unit ?? '1';
  const shown = aggregate === undefined || aggregate === 'mean' ? ofMetric : '1';
  return figureText(threshold ?? Number.NaN, unit ?? (aggregate === 'ratio' ? '%' : shown));
}

/** The default rules, as the code has them. */
export function ruleTable(): string {
  const production = defaultRules(PRODUCTION);
  const rows = [...defaultRules(ALL)].map(([name, rule]) => {
    const there = production.get(name);
    const own = DECLARED[name] ?? thresholdText(rule);
    const other = there === undefined ? ' (`testing`, `low-latency` only)' : '';
    const differs = there !== undefined && there.threshold !== rule.threshold;
    const threshold = `${own}${differs ? ` (\`production\` ${thresholdText(there)})` : other}`;
    const samples = rule.minSamples === undefined ? '' : `, from ${rule.minSamples} on`;
    const over = rule.aggregate === undefined ? '' : ` over ${(rule.window ?? 60_000) / 1000} s`;
    const condition = `${figure(rule)}${over} ${rule.operator} ${threshold}${samples}`;
    return `| \`${name}\` | ${condition} | ${(rule.for ?? 0) / 1000} s | ${rule.severity} | ${rule.category} |`;
  });
  return ['| rule | condition | for | severity | category |', '|---|---|---|---|---|', ...rows].join('\n');
}
