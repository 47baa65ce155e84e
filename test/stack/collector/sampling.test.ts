import { describe, expect, it } from 'vitest';
import { requireBuiltProgram } from '../../support/built-programs.ts';
import { readYaml } from '../compose/compose-file.ts';
import { readTrace } from '../jaeger-api.ts';
import { LocalStack } from '../local-stack.ts';
import { parseMetricsText } from '../metrics-text.ts';
import { type MadeSpan, newTraceId, sendSpans } from '../otlp-json.ts';

const KEPT_COUNT = 20;
const ORDINARY_COUNT = 600;
const READ_AT_ONCE = 20;

const kinds: Readonly<Record<string, { readonly count: number; readonly span: Omit<MadeSpan, 'traceId' | 'name'> }>> = {
  error: { count: KEPT_COUNT, span: { durationMs: 5, isError: true } },
  breach: { count: KEPT_COUNT, span: { durationMs: 250, missed: ['tools/call kb.hybrid_search p95'] } },
  slow: { count: KEPT_COUNT, span: { durationMs: 600 } },
  ordinary: { count: ORDINARY_COUNT, span: { durationMs: 5 } },
};

interface Sampler {
  readonly processors: {
    readonly tail_sampling: {
      readonly policies: { readonly probabilistic?: { readonly sampling_percentage: number } }[];
    };
  };
}

describe('the tail sampling of the Collector', { timeout: 120_000 }, () => {
  it('keeps every error, breach and slow trace and its share of the others, and counts all of them', async () => {
    requireBuiltProgram('otelcol');
    await using stack = new LocalStack();
    const jaeger = await stack.startJaeger();
    const { otlpUrl, metricsUrl } = await stack.startCollector();
    const sent = Object.entries(kinds).flatMap(([kind, { count, span }]) =>
      Array.from({ length: count }, () => ({ ...span, traceId: newTraceId(), name: kind })),
    );
    await sendSpans(otlpUrl, 'verdicts', sent);

    const find = async () => {
      const found = new Map(Object.keys(kinds).map((kind) => [kind, 0]));
      for (let from = 0; from < sent.length; from += READ_AT_ONCE) {
        await Promise.all(
          sent.slice(from, from + READ_AT_ONCE).map(async ({ traceId, name }) => {
            if ((await readTrace(jaeger, traceId)).length > 0) found.set(name, (found.get(name) ?? 0) + 1);
          }),
        );
      }
      return found;
    };
    let kept = await find();
    // Complete when two readings with traces agree.
    await expect
      .poll(
        async () => {
          const before = [...kept.values()].join();
          kept = await find();
          return [...kept.values()].join() === before && [...kept.values()].some((count) => count > 0);
        },
        { timeout: 20_000, interval: 1_000 },
      )
      .toBe(true);
    const rows = Object.entries(kinds).map(([kind, { count }]) => `${kind} | ${count} | ${kept.get(kind)}`);
    process.stdout.write(`${['trace | sent | kept', ...rows].join('\n')}\n`);

    expect([kept.get('error'), kept.get('breach'), kept.get('slow')]).toEqual([KEPT_COUNT, KEPT_COUNT, KEPT_COUNT]);
    const { policies } = (readYaml('collector/otel-collector/config.yaml') as Sampler).processors.tail_sampling;
    const share = (policies.find(({ probabilistic }) => probabilistic)?.probabilistic?.sampling_percentage ?? 0) / 100;
    // Five standard deviations of a binomial count.
    const tolerance = 5 * Math.sqrt(ORDINARY_COUNT * share * (1 - share));
    expect(Math.abs((kept.get('ordinary') ?? 0) - ORDINARY_COUNT * share)).toBeLessThan(tolerance);

    const counted = parseMetricsText(await (await fetch(metricsUrl)).text()).filter(
      ({ name }) => name === 'traces_span_metrics_calls_total',
    );
    const calls = Object.fromEntries(
      Object.keys(kinds).map((kind) => [
        kind,
        counted.filter(({ labels }) => labels['span_name'] === kind).reduce((sum, { value }) => sum + value, 0),
      ]),
    );
    expect(calls).toEqual(Object.fromEntries(Object.entries(kinds).map(([kind, { count }]) => [kind, count])));
  });
});
