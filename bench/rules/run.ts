import { performance } from 'node:perf_hooks';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { AlertBook } from '../../src/alerts/alert-book.ts';
import { compileRules } from '../../src/alerts/compile-rules.ts';
import { RulesEngine } from '../../src/alerts/rules-engine.ts';
import { Silences } from '../../src/alerts/silences.ts';
import type { RuleOptions } from '../../src/config/index.ts';
import { DEFAULT_RULE_NAMES } from '../../src/config/rule-fields.ts';
import { SharedReader } from '../../src/sdk/providers.ts';

// 50 rules over 1,000 series of a real SDK: what one collection and one evaluation take.
const SERIES_PER_KIND = 250;
const ROUNDS = 300;
const WARM_UP = 50;

const reader = new SharedReader();
const meter = new MeterProvider({ readers: [reader] }).getMeter('bench');
const gauge = meter.createGauge('bench.gauge');
const counter = meter.createCounter('bench.counter');
const histograms = ['bench.a', 'bench.b'].map((name) => meter.createHistogram(name, { unit: 's' }));

const AGGREGATES = ['value', 'rate', 'ratio', 'mean', 'quantile'] as const;
const rules = Array.from({ length: 50 }, (_, index): RuleOptions => {
  const aggregate = AGGREGATES[index % AGGREGATES.length] ?? 'value';
  const metric = {
    value: 'bench.gauge',
    rate: 'bench.counter',
    ratio: 'bench.a',
    mean: 'bench.b',
    quantile: 'bench.b',
  };
  return {
    name: `rule-${index}`,
    metric: metric[aggregate],
    aggregate,
    where: { tool: `tool-${index % 10}*` },
    by: ['tool'],
    operator: '>',
    threshold: 1e9,
    ...(aggregate === 'ratio' ? { overWhere: {} } : {}),
  };
});
const off = DEFAULT_RULE_NAMES.map((name) => ({ name, enabled: false }));
const engine = new RulesEngine({
  rules: compileRules([...off, ...rules], {
    profile: 'production',
    expectedPerSecond: undefined,
    concurrency: undefined,
  }),
  book: new AlertBook(new Silences()),
  prometheusName: ({ descriptor }) => descriptor.name,
});

function record(round: number): void {
  for (let index = 0; index < SERIES_PER_KIND; index++) {
    const attributes = { tool: `tool-${index}`, method: 'tools/call' };
    gauge.record((index * round) % 100, attributes);
    counter.add(1, attributes);
    for (const histogram of histograms) histogram.record(((index * round) % 1000) / 1000, attributes);
  }
}

const collecting: number[] = [];
const evaluating: number[] = [];
for (let round = 0; round < ROUNDS + WARM_UP; round++) {
  record(round);
  const start = performance.now();
  const collected = await reader.metrics();
  const middle = performance.now();
  engine.evaluate(collected, round * 1000, round * 1000);
  const end = performance.now();
  if (round < WARM_UP) continue;
  collecting.push(middle - start);
  evaluating.push(end - middle);
}

const at = (values: readonly number[], quantile: number): string =>
  `${([...values].sort((a, b) => a - b)[Math.floor(quantile * (values.length - 1))] ?? 0).toFixed(2)} ms`;
const both = collecting.map((ms, index) => ms + (evaluating[index] ?? 0));
process.stdout.write(
  `${engine.rules.length} rules over ${4 * SERIES_PER_KIND} series, ${ROUNDS} rounds: median, P95\n`,
);
for (const [name, values] of Object.entries({ collection: collecting, evaluation: evaluating, together: both })) {
  process.stdout.write(`${name.padEnd(10)}  ${at(values, 0.5)}  ${at(values, 0.95)}\n`);
}
process.stdout.write('goal: together under 3 ms\n');
