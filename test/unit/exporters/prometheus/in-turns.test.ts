import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { describe, expect, it } from 'vitest';
import { ExplicitHistogram } from '../../../../src/core/explicit-histogram.ts';
import { PrometheusFormatter } from '../../../../src/exporters/prometheus/formatter.ts';
import { SeriesProducer, type SeriesSource } from '../../../../src/sdk/series-producer.ts';

const TOOLS = 300;

function manySeries(): SeriesSource {
  const histograms = Array.from({ length: TOOLS }, (_, tool) => {
    const histogram = new ExplicitHistogram([0.1, 1]);
    histogram.record(tool / 100);
    return histogram;
  });
  return function* () {
    yield { stream: 'mcp_vitals.queue.depth', points: [{ attributes: {}, value: 3 }] };
    yield {
      stream: 'mcp_vitals.stage.duration',
      points: histograms.map((value, tool) => ({ attributes: { 'gen_ai.tool.name': `tool_${tool}` }, value })),
    };
  };
}

/** Every look at the clock is as much later as a turn may take: each step is a turn of its own. */
function impatient(): { now(): number } {
  let nowMs = 0;
  return { now: () => (nowMs += 1) };
}

describe('collecting and printing many series', () => {
  it('in many turns of the event loop gives what one turn gives, while others have theirs', async () => {
    const options = { startedAt: 0, now: () => 1000, version: '1' };
    const producer = new SeriesProducer(manySeries(), { ...options, clock: impatient() });
    let turns = 0;
    let going = true;
    const others = (): void => {
      turns += 1;
      if (going) setImmediate(others);
    };
    setImmediate(others);
    const { resourceMetrics } = await producer.collect();
    const atOnce = producer.collectSync(resourceMetrics.resource);
    expect(resourceMetrics).toEqual(atOnce);
    const collected = turns;
    expect(collected).toBeGreaterThan(10);
    const formatter = new PrometheusFormatter();
    const inTurns = (await formatter.formatInTurns(resourceMetrics, 'text', impatient())).toString();
    expect(turns - collected).toBeGreaterThan(10);
    going = false;
    expect(inTurns).toBe(new PrometheusFormatter().format(atOnce));
    expect(inTurns.match(/_count\{/g)).toHaveLength(TOOLS);
  });

  it('is right when several ask at the same time, in different formats', async () => {
    const collected = (tools: number): ResourceMetrics => {
      const source: SeriesSource = () => [
        {
          stream: 'mcp_vitals.active_sessions',
          points: Array.from({ length: tools }, (_, index) => ({
            attributes: { 'network.transport': `t${index}` },
            value: index,
          })),
        },
      ];
      return new SeriesProducer(source, { startedAt: 0, now: () => 1, version: '1' }).collectSync({} as never);
    };
    const resource = { attributes: {} } as ResourceMetrics['resource'];
    const [few, many] = [
      { ...collected(3), resource },
      { ...collected(200), resource },
    ];
    const formatter = new PrometheusFormatter();
    const texts = await Promise.all([
      formatter.formatInTurns(many, 'text', impatient()),
      formatter.formatInTurns(few, 'openmetrics', impatient()),
      formatter.formatInTurns(many, 'text', impatient()),
    ]);
    const alone = (metrics: ResourceMetrics, syntax: 'text' | 'openmetrics'): string =>
      new PrometheusFormatter().format(metrics, syntax);
    expect(texts.map(String)).toEqual([alone(many, 'text'), alone(few, 'openmetrics'), alone(many, 'text')]);
  });
});
