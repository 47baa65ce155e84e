import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Exit, InstrumentedServer } from '../../support/instrumented-server.ts';
import { HttpRpcClient, initialize, type JsonRpcClient, StdioRpcClient } from '../../support/json-rpc-client.ts';
import type { NodeMajor } from '../../support/nodes.ts';
import { type DecodedPoint, type DecodedSpan, decodePoints, decodeSpans } from '../../support/otlp-decoder.ts';
import type { OtlpReceiver } from '../../support/otlp-receiver.ts';

export type Sdk = 'v1' | 'v2';

/** Two seconds for the last export and as much again for a machine that is busy with other tests. */
export const END_LIMIT_MS = 4_000;

const FIXTURES = fileURLToPath(new URL('./fixtures/', import.meta.url));

export function fixture(name: string): string {
  return join(FIXTURES, name);
}

/** A server whose end is watched, and what its client did. */
export class MonitoredServer {
  readonly process: InstrumentedServer;
  client: JsonRpcClient;
  /** Messages that are operations: requests and notifications of the client. */
  operations = 0;

  private constructor(process: InstrumentedServer, client: JsonRpcClient) {
    this.process = process;
    this.client = client;
  }

  static async stdio(sdk: Sdk, options: StartOptions = {}): Promise<MonitoredServer> {
    const process = await spawn('stdio.mjs', sdk, options);
    return new MonitoredServer(process, new StdioRpcClient(process.child));
  }

  /** The stdio entry of SDK 2.x that makes its transport and servers itself. */
  static async serveStdio(options: StartOptions = {}): Promise<MonitoredServer> {
    const process = await spawn('serve-stdio.mjs', 'v2', options);
    return new MonitoredServer(process, new StdioRpcClient(process.child));
  }

  static async http(sdk: Sdk, options: StartOptions = {}): Promise<MonitoredServer> {
    const process = await spawn('http.mjs', sdk, options);
    const [, url = ''] = await process.stderrMatch(/listening on (\S+)/);
    return new MonitoredServer(process, new HttpRpcClient(url));
  }

  /** Initializes and calls the harmless tool. */
  async use(calls: number): Promise<this> {
    await initialize(this.client);
    this.operations += 2;
    for (let call = 0; call < calls; call += 1) await this.call('echo', { text: `call ${call}` });
    return this;
  }

  /** Only the first request of a session. */
  async initializeOnly(): Promise<this> {
    const clientInfo = { name: 'lifecycle', version: '1.0.0' };
    await this.client.request('initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo });
    this.operations += 1;
    return this;
  }

  async call(name: string, args: Record<string, unknown> = {}): Promise<void> {
    await this.client.request('tools/call', { name, arguments: args });
    this.operations += 1;
  }

  /** Waits until the whole product runs, which is after the first answer. */
  async loaded(): Promise<this> {
    await this.process.url();
    return this;
  }

  /** Does something that ends the process and answers how it ended and how long that took. */
  async end(act: (child: InstrumentedServer['child']) => unknown): Promise<Exit & { readonly tookMs: number }> {
    const from = performance.now();
    await act(this.process.child);
    const exit = await this.process.exited;
    return { ...exit, tookMs: performance.now() - from };
  }

  get discoveryFiles(): string[] {
    return readdirSync(this.process.discoveryDir);
  }

  /** How often the summary has been printed. */
  get tables(): number {
    return this.process.stderr.split('tools/call echo').length - 1;
  }

  /** Lines on stderr that are ours. */
  get ourLines(): string[] {
    return this.process.stderr.split('\n').filter((line) => line.startsWith('mcp-vitals'));
  }
}

export interface StartOptions {
  readonly receiver?: string | undefined;
  readonly spoolDir?: string | undefined;
  /** Name of a way to handle signals in `fixtures/handlers.mjs`. */
  readonly handlers?: string;
  /** When they are installed, relative to `connect`. */
  readonly moment?: 'before' | 'after';
  /** Whether a summary is printed at the end. */
  readonly summary?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly instrumented?: boolean;
  readonly node?: NodeMajor;
}

function spawn(script: string, sdk: Sdk, options: StartOptions): Promise<InstrumentedServer> {
  const {
    receiver,
    spoolDir,
    handlers = 'none',
    moment = 'before',
    env = {},
    instrumented = true,
    node,
    summary,
  } = options;
  return InstrumentedServer.start(fixture(script), {
    instrumented,
    ...(node === undefined ? {} : { node }),
    arguments: [sdk, handlers, moment],
    env: {
      MCP_VITALS_SAMPLE_RATIO: '1',
      ...(receiver === undefined ? {} : { OTEL_EXPORTER_OTLP_ENDPOINT: receiver }),
      ...(spoolDir === undefined ? {} : { MCP_VITALS_SPOOL_DIR: spoolDir }),
      ...(summary === true ? { MCP_VITALS_SUMMARY: 'exit' } : {}),
      ...env,
    },
  });
}

const roots: string[] = [];

/** Path of a spool directory that does not exist yet. */
export async function newSpoolDir(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'mcp-vitals-lifecycle-'));
  roots.push(root);
  return join(root, 'spool');
}

/** For `afterEach`. */
export async function removeSpoolDirs(): Promise<void> {
  await Promise.all(roots.splice(0).map((root) => rm(root, { recursive: true, force: true })));
}

/** A loopback address on which nothing listens. */
export async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** What has arrived somewhere. */
export interface Tally {
  readonly spans: number;
  /** Spans that are there a second time. */
  readonly duplicates: number;
  /** Operations in the metrics. */
  readonly operations: number;
  /** Ended sessions in the metrics. */
  readonly sessions: number;
}

function tally(spans: readonly DecodedSpan[], points: readonly DecodedPoint[]): Tally {
  const sum = (name: string): number =>
    points.filter((point) => point.name === name).reduce((total, { count }) => total + (count ?? 0), 0);
  const distinct = new Set(spans.map(({ traceId, spanId }) => `${traceId} ${spanId}`)).size;
  return {
    spans: spans.length,
    duplicates: spans.length - distinct,
    operations: sum('mcp.server.operation.duration'),
    sessions: sum('mcp.server.session.duration'),
  };
}

/** What a receiver has got. */
export function received(receiver: OtlpReceiver): Tally {
  return tally(receiver.spans, [
    ...receiver.points('mcp.server.operation.duration'),
    ...receiver.points('mcp.server.session.duration'),
  ]);
}

/** What waits in a spool directory for the next start. */
export function spooled(dir: string): Tally {
  const files = existsSync(dir) ? readdirSync(dir) : [];
  const bodies = (signal: string): Buffer[] =>
    files.filter((name) => name.endsWith(`.${signal}`)).map((name) => readFileSync(join(dir, name)));
  return tally(bodies('traces').flatMap(decodeSpans), bodies('metrics').flatMap(decodePoints));
}

/** Everything of `operations` operations in one ended session, each once. */
export function complete(operations: number, sessions = 1): Tally {
  return { spans: operations, duplicates: 0, operations, sessions };
}
