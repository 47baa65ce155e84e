import { once } from 'node:events';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createPlainServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Exit, InstrumentedServer, type ServerOptions } from '../support/instrumented-server.ts';
import { HttpRpcClient, type JsonRpcClient, StdioRpcClient } from '../support/json-rpc-client.ts';
import type { NodeMajor } from '../support/nodes.ts';
import { operationOf, type Sample, samplesOf, sumBy } from './exposition.ts';
import { type End, operationsIn, type Places, type Session, type Step } from './sessions.ts';

export const OPERATION_COUNT = 'mcp_server_operation_duration_seconds_count';

/** Everything a run of a server showed to the outside. */
export interface Recording {
  /** Every byte the client got, as text: of stdout, or of each HTTP connection; what differs anyway is masked. */
  readonly wire: Readonly<Record<string, string>>;
  readonly stderr: string;
  readonly exit: Exit;
  /** From the end's cause until the process was gone and its pipes closed. */
  readonly exitMs: number;
  /** The scrape after the last answer; empty without the product or when not asked for. */
  readonly samples: readonly Sample[];
  /** What the run left in its discovery folder. */
  readonly discoveryFiles: readonly string[];
  /** Processes that still run and were started by it. */
  readonly survivors: readonly string[];
}

export interface Run {
  readonly end: End;
  readonly measured: boolean;
  /** Whether to scrape `/metrics`, default when measured. */
  readonly scraped?: boolean;
  readonly node?: NodeMajor;
  /** How the product is put in front, default `--import`. */
  readonly flag?: '--import' | '--require';
  /** Added for the measured run. */
  readonly env?: Readonly<Record<string, string>>;
}

const EXIT_LIMIT_MS = 10_000;

/** Starts a server in the project, plays the session, ends it, and answers all that could be seen of it. */
export async function record(session: Session, places: Places, run: Run): Promise<Recording> {
  await rm(places.state, { recursive: true, force: true });
  await mkdir(places.state, { recursive: true });
  await session.prepare?.(places);

  const server = await InstrumentedServer.start(join(places.folder, session.script), options(session, places, run));
  const { child, discoveryDir } = server;
  const stdout: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk));
  try {
    const client = await clientOf(session, server, places.ports[0]);
    const steps = session.steps(places);
    await play(client, steps);
    const samples = run.measured && run.scraped !== false ? await scrape(server, steps) : [];

    const began = performance.now();
    if (run.end === 'stdin') child.stdin?.end();
    else child.kill(run.end);
    const exit = await Promise.race([server.exited, delay(EXIT_LIMIT_MS, undefined, { ref: false })]);
    if (exit === undefined) throw new Error(`still running ${EXIT_LIMIT_MS} ms after ${run.end}\n${server.stderr}`);
    const exitMs = performance.now() - began;

    const connections = client instanceof HttpRpcClient ? client.streams : [];
    const wire = [{ name: 'stdout', bytes: Buffer.concat(stdout) }, ...connections];
    return {
      wire: Object.fromEntries(wire.map(({ name, bytes }) => [name, mask(bytes.toString('utf8'), session.masked)])),
      stderr: server.stderr,
      exit,
      exitMs,
      samples,
      discoveryFiles: await readdir(discoveryDir),
      survivors: await processesWith(discoveryDir),
    };
  } finally {
    await server.stop('SIGKILL', 0);
  }
}

function options(session: Session, places: Places, run: Run): ServerOptions {
  const port = String(places.ports[0]);
  const onPort = session.http?.port === '--port' ? ['--port', port] : [];
  return {
    // The installed package is put in front below, by its name, as its user does.
    instrumented: false,
    nodeArguments: run.measured ? [run.flag ?? '--import', 'mcp-vitals/register'] : [],
    arguments: [...(session.arguments?.(places) ?? []), ...onPort],
    cwd: places.folder,
    env: {
      ...session.env?.(places),
      ...(session.http?.port === 'PORT' ? { PORT: port } : {}),
      ...(run.measured ? run.env : {}),
    },
    ...(run.node === undefined ? {} : { node: run.node }),
  };
}

async function clientOf(session: Session, server: InstrumentedServer, port: number): Promise<JsonRpcClient> {
  if (session.http === undefined) return new StdioRpcClient(server.child);
  await server.stderrMatch(session.http.listens);
  return new HttpRpcClient(`http://127.0.0.1:${port}/mcp`);
}

async function play(client: JsonRpcClient, steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    const { method, params, times = 1 } = step;
    if (method.startsWith('notifications/')) await client.notify(method, params);
    else if (client instanceof HttpRpcClient) {
      const { 'mcp-protocol-version': agreed } = client.headers;
      Object.assign(client.headers, modernHeaders(method, params));
      for (let i = 0; i < times; i++) await client.request(method, params);
      for (const name of MODERN_HEADERS) delete client.headers[name];
      if (agreed !== undefined) client.headers['mcp-protocol-version'] = agreed;
    } else if (step.atOnce === true) {
      await Promise.all(Array.from({ length: times }, () => client.request(method, params)));
    } else for (let i = 0; i < times; i++) await client.request(method, params);
  }
}

const VERSION_KEY = 'io.modelcontextprotocol/protocolVersion';

const MODERN_HEADERS = ['mcp-method', 'mcp-name'];

/** Revision 2026-07-28 repeats in headers what a request is about. */
function modernHeaders(method: string, params: Step['params']): Record<string, string> | undefined {
  const version = (params?.['_meta'] as Record<string, string> | undefined)?.[VERSION_KEY];
  if (version === undefined) return undefined;
  const name = params?.['name'];
  const named = typeof name === 'string' ? { 'mcp-name': name } : {};
  return { 'mcp-protocol-version': version, 'mcp-method': method, ...named };
}

/** Scrapes until everything sent has been counted; what is counted too much is for the test to find. */
async function scrape(server: InstrumentedServer, steps: readonly Step[]): Promise<Sample[]> {
  const total = (counts: Record<string, number>): number => Object.values(counts).reduce((a, b) => a + b, 0);
  const sent = total(operationsIn(steps));
  const deadline = performance.now() + 5000;
  for (;;) {
    const samples = samplesOf(await server.metricsText());
    if (total(sumBy(samples, OPERATION_COUNT, operationOf)) >= sent || performance.now() > deadline) return samples;
    await delay(20);
  }
}

function mask(text: string, patterns: readonly RegExp[] = []): string {
  return patterns.reduce((masked, pattern) => masked.replace(pattern, '<masked>'), text);
}

/** Processes whose environment names the folder: the server's own children and theirs. */
async function processesWith(folder: string): Promise<string[]> {
  if (process.platform !== 'linux') return [];
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const environments = await Promise.all(
    processes.map((pid) => readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '')),
  );
  return processes.filter((_, index) => environments[index]?.includes(folder));
}

/** A port nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = createPlainServer().listen(0);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Stands in for the documentation service that context7 asks. */
export async function startDocumentationService(): Promise<{ readonly url: string; close(): void }> {
  const server = createServer((request, response) => {
    const library = {
      id: '/some/where',
      title: 'Somewhere',
      description: 'A library',
      totalSnippets: 3,
      trustScore: 9,
    };
    response.end(request.url?.includes('search') ? JSON.stringify({ results: [library] }) : 'How to: like this.');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`, close: () => server.close() };
}
