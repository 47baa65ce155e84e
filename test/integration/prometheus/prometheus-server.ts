import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { requireProgram } from '../../support/programs.ts';

/** One series as the query API returns it. */
export interface QueriedSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

/** A real Prometheus that scrapes every second what the given scrape configuration says. */
export interface RunningPrometheus extends AsyncDisposable {
  query(promql: string): Promise<readonly QueriedSeries[]>;
  get(path: string): Promise<unknown>;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export interface PrometheusOptions {
  /** Command-line flags besides the ones needed to run at all. */
  readonly flags?: readonly string[];
  /** Top-level entries of the configuration, each a line of YAML. */
  readonly configuration?: readonly string[];
}

/** Starts the installed Prometheus on a free loopback port and waits until it is ready. */
export async function startPrometheus(
  scrapeConfig: string,
  { flags = [], configuration = [] }: PrometheusOptions = {},
): Promise<RunningPrometheus> {
  const program = requireProgram('prometheus');
  const directory = mkdtempSync(join(tmpdir(), 'mcp-vitals-prometheus-'));
  const config = join(directory, 'prometheus.yml');
  writeFileSync(
    config,
    `global: {scrape_interval: 1s}\n${configuration.join('\n')}\nscrape_configs:\n${scrapeConfig}\n`,
  );
  const address = `127.0.0.1:${await freePort()}`;
  const child = spawn(
    program,
    [`--config.file=${config}`, `--storage.tsdb.path=${directory}/data`, `--web.listen-address=${address}`, ...flags],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let log = '';
  child.stderr.on('data', (data) => {
    log += data;
  });
  const exited = once(child, 'exit');
  const get = async (path: string): Promise<unknown> => {
    const response = await fetch(`http://${address}${path}`);
    return response.json();
  };
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    const isReady = async () => (await fetch(`http://${address}/-/ready`).catch(() => undefined))?.status;
    await expect.poll(isReady, { timeout: 15_000 }).toBe(200);
  } catch (error) {
    await stop();
    throw new Error(`Prometheus did not start:\n${log}`, { cause: error });
  }
  return {
    get,
    query: async (promql) => {
      const answer = await get(`/api/v1/query?query=${encodeURIComponent(promql)}`);
      return (answer as { data: { result: readonly QueriedSeries[] } }).data.result;
    },
    [Symbol.asyncDispose]: stop,
  };
}
