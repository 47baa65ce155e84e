import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resourceFromAttributes } from '@opentelemetry/resources';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatInflux } from '../../src/exporters/influx/formatter.ts';
import { escapeTag } from '../../src/exporters/influx/line-escape.ts';
import { requireProgram } from '../support/programs.ts';
import { verifies } from '../support/verifies.ts';
import { createMeter } from '../unit/exporters/prometheus/meter.ts';

interface Series {
  readonly name: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly columns: readonly string[];
  readonly values: readonly (readonly (number | string | null)[])[];
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The installed InfluxDB on free loopback ports with one empty database. */
async function startInfluxDb() {
  const program = requireProgram('influxd');
  const directory = mkdtempSync(join(tmpdir(), 'mcp-vitals-influxdb-'));
  const [http, rpc] = [await freePort(), await freePort()];
  const config = join(directory, 'influxdb.conf');
  writeFileSync(
    config,
    [
      'reporting-disabled = true',
      `bind-address = "127.0.0.1:${rpc}"`,
      `[meta]\ndir = "${directory}/meta"`,
      `[data]\ndir = "${directory}/data"\nwal-dir = "${directory}/wal"`,
      `[http]\nbind-address = "127.0.0.1:${http}"\nlog-enabled = false`,
      '[monitor]\nstore-enabled = false',
    ].join('\n'),
  );
  const child = spawn(program, ['-config', config], { stdio: 'ignore' });
  const exited = once(child, 'exit');
  const url = `http://127.0.0.1:${http}`;
  const ping = async () => (await fetch(`${url}/ping`).catch(() => undefined))?.status;
  await expect.poll(ping, { timeout: 20_000 }).toBe(204);
  const ask = async (query: string): Promise<readonly Series[]> => {
    const parameters = new URLSearchParams({ q: query, db: 'vitals', epoch: 'ns' });
    const response = await fetch(`${url}/query`, { method: 'POST', body: parameters });
    const { results } = (await response.json()) as { results: { series?: Series[]; error?: string }[] };
    const [result] = results;
    if (result?.error !== undefined) throw new Error(result.error);
    return result?.series ?? [];
  };
  await ask('CREATE DATABASE vitals');
  return {
    ask,
    write: async (lines: string) => {
      const response = await fetch(`${url}/write?db=vitals&precision=ns`, { method: 'POST', body: lines });
      return [response.status, await response.text()] as const;
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

it('what is written into a real InfluxDB is read back equal, hostile tag values included', async () => {
  verifies('DSH-03');
  await using influx = await startInfluxDb();
  const { provider, collect } = createMeter({
    resource: resourceFromAttributes({ 'service.name': 'knowledge "base"' }),
  });
  const meter = provider.getMeter('m');
  const duration = meter.createHistogram('mcp.server.operation.duration', {
    unit: 's',
    advice: { explicitBucketBoundaries: [0.05, 1] },
  });
  for (const seconds of [0.00001, 0.3, 0.3, 7]) duration.record(seconds, { 'gen_ai.tool.name': 'kb.search' });
  const hostile = fc.sample(
    fc.string({
      unit: fc.constantFrom('a', '\\', ',', '=', ' ', '"', '#', '\n', 'é', '🚀'),
      minLength: 1,
      maxLength: 8,
    }),
    { seed: 3, numRuns: 200 },
  );
  const values = [...new Set(['kb,hybrid search=1', ...hostile])];
  const gauge = meter.createGauge('hostile tags, and=names');
  values.forEach((value, at) => void gauge.record(at + 0.125, { value, at: String(at) }));

  expect(await influx.write(formatInflux(await collect()))).toEqual([204, '']);

  const [histogram] = await influx.ask('SELECT * FROM "mcp.server.operation.duration" GROUP BY *');
  const row = Object.fromEntries(histogram?.columns.map((column, at) => [column, histogram.values[0]?.[at]]) ?? []);
  expect(histogram?.tags).toMatchObject({ 'gen_ai.tool.name': 'kb.search', 'service.name': 'knowledge "base"' });
  expect(row).toMatchObject({ count: 4, sum: 7.60001, min: 0.00001, max: 7, 'le_0.05': 1, le_1: 3 });

  const stored = await influx.ask('SELECT "value" FROM "hostile tags, and=names" GROUP BY *');
  expect(stored).toHaveLength(values.length);
  for (const { tags, values: points } of stored) {
    const at = Number(tags?.['at']);
    // What the writer made of the value, without the backslashes that InfluxDB takes off again.
    const written = escapeTag(values[at] ?? '').replace(/\\([,= ])/g, '$1');
    expect([tags?.['value'], points[0]?.[1]]).toEqual([written, at + 0.125]);
  }
});
