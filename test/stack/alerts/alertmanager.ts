import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { requireProgram } from '../../support/programs.ts';

/** An alert as Alertmanager's API shows it. */
export interface ShownAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly status: { readonly state: string };
}

/** A real Alertmanager on a loopback port. */
export interface RunningAlertmanager extends AsyncDisposable {
  readonly url: string;
  /** Alerts that are not over. */
  alerts(): Promise<readonly ShownAlert[]>;
}

/** Starts the installed Alertmanager and waits until it is ready; it notifies `webhookUrl`, of resolutions too. */
export async function startAlertmanager(webhookUrl: string): Promise<RunningAlertmanager> {
  const program = requireProgram('prometheus-alertmanager');
  const directory = mkdtempSync(join(tmpdir(), 'mcp-vitals-alertmanager-'));
  const config = join(directory, 'alertmanager.yml');
  writeFileSync(
    config,
    `route: {receiver: test, group_by: [alertname], group_wait: 100ms, group_interval: 1s}
receivers: [{name: test, webhook_configs: [{url: '${webhookUrl}', send_resolved: true}]}]
`,
  );
  const address = `127.0.0.1:${await freePort()}`;
  const child = spawn(
    program,
    [
      `--config.file=${config}`,
      `--storage.path=${directory}/data`,
      `--web.listen-address=${address}`,
      '--cluster.listen-address=',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let log = '';
  child.stderr.on('data', (data) => {
    log += data;
  });
  const exited = once(child, 'exit');
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
    rmSync(directory, { recursive: true, force: true });
  };
  const url = `http://${address}`;
  try {
    const isReady = async () => (await fetch(`${url}/-/ready`).catch(() => undefined))?.status;
    await expect.poll(isReady, { timeout: 15_000 }).toBe(200);
  } catch (error) {
    await stop();
    throw new Error(`Alertmanager did not start:\n${log}`, { cause: error });
  }
  return {
    url,
    alerts: async () => (await (await fetch(`${url}/api/v2/alerts`)).json()) as readonly ShownAlert[],
    [Symbol.asyncDispose]: stop,
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
