import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { QueriedSeries } from '../../integration/prometheus/prometheus-server.ts';
import { requireProgram } from '../../support/programs.ts';
import { ROOT, readText } from '../compose/compose-file.ts';

const FOLDER = 'collector/grafana/dashboards';
const PASSWORD = 'a "password" for the tests';

/** Answers the few requests of `verify-panels.sh` as Grafana does: for what the script makes of them, not for Grafana. */
export interface GrafanaStandIn extends AsyncDisposable {
  readonly url: string;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const part of request.setEncoding('utf8')) body += part;
  return body;
}

/**
 * @param ask answers a query of a panel; what it throws is the error Grafana shows
 * @param health status of data sources that are not `OK`
 * @param only the one dashboard it has, by its id; default all
 */
export async function startGrafanaStandIn(
  ask: (expr: string) => Promise<readonly QueriedSeries[]>,
  health: Readonly<Record<string, string>> = {},
  only?: string,
): Promise<GrafanaStandIn> {
  const dashboards = readdirSync(join(ROOT, FOLDER)).flatMap((name) =>
    name.endsWith(`${only ?? ''}.json`) ? [JSON.parse(readText(`${FOLDER}/${name}`)) as { readonly uid: string }] : [],
  );
  const answer = async (request: IncomingMessage): Promise<unknown> => {
    const path = new URL(request.url ?? '', 'http://localhost').pathname;
    const last = path.split('/').at(-1) ?? '';
    const expected = `Basic ${Buffer.from(`admin:${PASSWORD}`).toString('base64')}`;
    if (request.headers.authorization !== expected) return { message: 'Unauthorized' };
    if (path === '/api/search') return dashboards.map(({ uid }) => ({ uid }));
    if (path.startsWith('/api/dashboards/uid/')) return { dashboard: dashboards.find(({ uid }) => uid === last) };
    if (path.endsWith('/health')) return { status: health[path.split('/').at(-2) ?? ''] ?? 'OK' };
    if (path !== '/api/ds/query') return { message: 'Not found' };
    const { queries } = JSON.parse(await bodyOf(request)) as { queries: { expr: string }[] };
    try {
      const series = await ask(queries[0]?.expr ?? '');
      const frames = series.map(({ value: [time, value] }) => ({ data: { values: [[time], [Number(value)]] } }));
      return { results: { A: { frames } } };
    } catch (error) {
      return { results: { A: { error: (error as Error).message } } };
    }
  };
  const server = createServer((request, response) => {
    void answer(request).then((body) => response.end(JSON.stringify(body)));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** Runs the script. @param secret where the file with the password is to be */
export async function verifyPanels(url: string, secret: string): Promise<{ code: number; output: string }> {
  requireProgram('jq');
  writeFileSync(secret, `user = ${JSON.stringify(`admin:${PASSWORD}`)}\n`, { mode: 0o600 });
  const child = spawn('bash', [join(ROOT, 'collector/verify-panels.sh'), url, secret]);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const [code] = (await once(child, 'close')) as [number];
  return { code, output };
}
