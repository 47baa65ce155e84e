/**
 * What an operation costs at the judge: sliding windows, objectives, error budgets, beside the histogram any monitoring records.
 * `npm run bench:judge`. Rounds of all subjects take turns in random order; a figure is the median of the rounds.
 */
import { performance } from 'node:perf_hooks';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { LatencyWindows } from '../../src/core/latency-windows.ts';
import { SharedReader } from '../../src/sdk/providers.ts';
import { OPERATION_DURATION_BOUNDARIES } from '../../src/semconv/boundaries.ts';
import { STAGES } from '../../src/semconv/stages.ts';
import { defaultObjectives } from '../../src/slo/default-objectives.ts';
import { resolveObjectives } from '../../src/slo/definition.ts';
import { ErrorBudget } from '../../src/slo/error-budget.ts';
import { ObjectiveJudge } from '../../src/slo/objective-judge.ts';
import { seededRandom, shuffled, spreadOf } from '../support/statistics.ts';
import { table } from '../support/table.ts';

const ROUNDS = 60;
const WARM_UP = 10;
const CALLS = 20_000;

const random = seededRandom(20_261_121);
/** Log-normal latencies around 20 ms; 1 in 200 is over 500 ms. */
const latencies = Float64Array.from({ length: 4096 }, () => {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return 0.02 * Math.exp(1.25 * normal);
});
const latencyOf = (call: number): number => latencies[call % latencies.length] ?? 0;

const counts = new Float64Array(OPERATION_DURATION_BOUNDARIES.length + 1);
let sum = 0;
const meter = new MeterProvider({ readers: [new SharedReader()] }).getMeter('bench');
const histogram = meter.createHistogram('bench.duration', { unit: 's' });
const attributes = { 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': 'search', 'network.transport': 'pipe' };
const windows = new LatencyWindows();
const budget = new ErrorBudget(0.95, 0);
const judge = new ObjectiveJudge({
  definitions: resolveObjectives(defaultObjectives('production')),
  startMs: 0,
  process: () => ({ residentBytes: 1, cpuSeconds: 0 }),
});
const judgedWindows = new LatencyWindows();
const operation = judge.operation({ name: 'tools/call search', method: 'tools/call', tool: 'search' }, judgedWindows);
const stagesMs = new Float64Array(STAGES.length).fill(0.1);

/** Every subject gets the same calls, a millisecond apart. */
const SUBJECTS: Readonly<Record<string, (seconds: number, nowMs: number) => void>> = {
  'bare histogram': (seconds) => {
    let bucket = 0;
    while (bucket < OPERATION_DURATION_BOUNDARIES.length && seconds > (OPERATION_DURATION_BOUNDARIES[bucket] ?? 0)) {
      bucket += 1;
    }
    counts[bucket] = (counts[bucket] ?? 0) + 1;
    sum += seconds;
  },
  'histogram of the SDK': (seconds) => histogram.record(seconds, attributes),
  'sliding windows': (seconds, nowMs) => windows.record(seconds, nowMs),
  'one error budget': (seconds, nowMs) => budget.record(nowMs, seconds > 0.5),
  'judge, default objectives': (seconds, nowMs) => {
    judge.finished(operation, seconds, false, stagesMs, nowMs);
  },
  'windows and judge': (seconds, nowMs) => {
    judgedWindows.record(seconds, nowMs);
    judge.finished(operation, seconds, false, stagesMs, nowMs);
  },
};

const perCall = new Map<string, number[]>(Object.keys(SUBJECTS).map((name) => [name, []]));
for (let round = 0; round < WARM_UP + ROUNDS; round += 1) {
  for (const [name, subject] of shuffled(Object.entries(SUBJECTS), random)) {
    const fromMs = round * CALLS;
    const begin = performance.now();
    for (let call = 0; call < CALLS; call += 1) subject(latencyOf(call), fromMs + call);
    const nanos = ((performance.now() - begin) * 1e6) / CALLS;
    if (round >= WARM_UP) perCall.get(name)?.push(nanos);
  }
}

const bare = spreadOf(perCall.get('bare histogram') ?? []).median;
const rows = [...perCall].map(([name, nanos]) => {
  const { median, q1, q3 } = spreadOf(nanos);
  return [name, median.toFixed(0), `${q1.toFixed(0)} to ${q3.toFixed(0)}`, (median / bare).toFixed(1)];
});
process.stdout.write(`${table([['a call', 'ns', 'quartiles', '/ bare histogram'], ...rows]).join('\n')}\n`);
process.stdout.write(`goals: sliding windows 100 ns, windows and judge 400 ns (checksum ${sum.toFixed(0)})\n`);
