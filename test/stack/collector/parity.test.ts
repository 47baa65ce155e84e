import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { requireBuiltProgram } from '../../support/built-programs.ts';
import { LocalStack, TOKEN } from '../local-stack.ts';
import { parseMetricsText, type TextSeries } from '../metrics-text.ts';

const TRAFFIC_MS = 8_000;
const EXPORT_INTERVAL_MS = 500;
/** Readings on both paths after traffic; what moves among them cannot be equal. */
const READINGS = 4;
/** What one path says of the resource and the other of the scope. */
const IGNORED = /^(job|instance|otel_scope_\w+|service_\w+)$/;

/** Series by name, type and the labels that count; those of the Collector itself left out. */
function byIdentity(text: string): Map<string, TextSeries> {
  const found = new Map<string, TextSeries>();
  for (const series of parseMetricsText(text)) {
    if (series.name === 'target_info' || series.name.startsWith('traces_span_metrics_')) continue;
    const labels = Object.entries(series.labels)
      .filter(([name]) => !IGNORED.test(name))
      .map(([name, value]) => `${name}="${value}"`)
      .sort();
    const identity = `${series.name} ${series.type} {${labels.join(',')}}`;
    expect(found.has(identity), `${identity} twice`).toBe(false);
    found.set(identity, series);
  }
  return found;
}

const familyOf = (identity: string) => (identity.split(' ')[0] ?? '').replace(/_(bucket|sum|count)$/, '');

describe('a server that is scraped and pushes to a Collector', { timeout: 120_000 }, () => {
  it('has every stream under the same name, type and labels, with the same value, on both paths', async () => {
    requireBuiltProgram('otelcol');
    await using stack = new LocalStack();
    const { otlpUrl, metricsUrl } = await stack.startCollector();
    const { mcpUrl, statusUrl } = await stack.startServer({
      OTEL_EXPORTER_OTLP_ENDPOINT: otlpUrl,
      OTEL_TRACES_SAMPLER: 'always_on',
      OTEL_METRIC_EXPORT_INTERVAL: `${EXPORT_INTERVAL_MS}`,
    });
    const traffic = await stack.startTraffic(mcpUrl, 30);
    await delay(TRAFFIC_MS);
    await traffic[Symbol.asyncDispose]();
    // What is under way ends, is collected and is pushed.
    await delay(4 * EXPORT_INTERVAL_MS);

    const read = async (url: string, headers: Record<string, string> = {}) => {
      const answer = await fetch(url, { headers: { accept: 'text/plain; version=0.0.4', ...headers } });
      expect(answer.status).toBe(200);
      return byIdentity(await answer.text());
    };
    const readDirect = () => read(`${statusUrl}/metrics`, { authorization: `Bearer ${TOKEN}` });
    const direct: Map<string, TextSeries>[] = [];
    const pushed: Map<string, TextSeries>[] = [];
    for (let reading = 0; reading < READINGS; reading += 1) {
      direct.push(await readDirect());
      await delay(2 * EXPORT_INTERVAL_MS);
      pushed.push(await read(metricsUrl));
    }
    direct.push(await readDirect());
    const identities = (readings: readonly Map<string, TextSeries>[]) =>
      new Set(readings.flatMap((reading) => [...reading.keys()]));
    const [scraped, viaCollector] = [identities(direct), identities(pushed)];

    const table = new Map<string, { series: number; equal: number; moving: number; different: number }>();
    const differences: string[] = [];
    for (const identity of new Set([...scraped, ...viaCollector])) {
      const row = table.get(familyOf(identity)) ?? { series: 0, equal: 0, moving: 0, different: 0 };
      table.set(familyOf(identity), row);
      row.series += 1;
      const values = (readings: readonly Map<string, TextSeries>[]) =>
        readings.map((reading) => reading.get(identity)?.value).filter((value) => value !== undefined);
      const [here, there] = [values(direct), values(pushed)];
      const isStill = here.length === direct.length && new Set(here).size === 1;
      const [name = '', type] = identity.split(' ');
      const grows = type !== 'gauge' && /_(total|bucket|sum|count)$/.test(name);
      const last = there.at(-1) ?? Number.NaN;
      // What only grows lies between the first reading of the other path and the last.
      const isBetween = last >= (here[0] ?? Number.NaN) && last <= (here.at(-1) ?? Number.NaN);
      // A burn rate is there once enough is known, which may be after the Collector was read for the last time.
      const cameLast = here.length === 1 && direct.at(-1)?.has(identity) === true && there.length === 0;
      if (cameLast || (here.length > 0 && there.length > 0 && !isStill && (!grows || isBetween))) row.moving += 1;
      else if (here.length > 0 && there.every((value) => Object.is(value, here[0])) && there.length > 0) row.equal += 1;
      else {
        row.different += 1;
        differences.push(`${identity}: scraped ${here.join(', ') || '-'}; by the Collector ${there.join(', ') || '-'}`);
      }
    }
    const lines = [...table].sort().map(([family, row]) => [family, ...Object.values(row)].join(' | '));
    process.stdout.write(`${['stream | series | equal | moving | different', ...lines].join('\n')}\n`);
    expect(differences).toEqual([]);
    expect(table.get('mcp_server_operation_duration_seconds')?.equal).toBeGreaterThan(50);
    expect(table.get('mcp_vitals_stage_duration_seconds')?.equal).toBeGreaterThan(100);
    const sum = (key: 'series' | 'equal') => [...table.values()].reduce((total, row) => total + row[key], 0);
    expect(sum('equal') / sum('series')).toBeGreaterThan(0.7);
  });
});
