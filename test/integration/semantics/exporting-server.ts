import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { InstrumentedServer } from '../../support/instrumented-server.ts';
import { initialize, StdioRpcClient } from '../../support/json-rpc-client.ts';
import { type DecodedSpan, type OtlpReceiver, startOtlpReceiver } from '../../support/otlp-receiver.ts';

const FIXTURES = fileURLToPath(new URL('fixtures/', import.meta.url));
const MODULES = fileURLToPath(new URL('../../../node_modules/', import.meta.url));
/** What an application with the OpenTelemetry API, but without its SDK, has installed. */
const PACKAGES = ['@opentelemetry/api', '@modelcontextprotocol/sdk', '@modelcontextprotocol/server', 'zod'];

export interface ExportingServerOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly arguments?: readonly string[];
  /** Whether `initialize` is sent, default true. */
  readonly initialize?: boolean;
}

/** A server in a folder of its own, whose telemetry goes through a recorder of raw bodies to a real receiver. */
export class ExportingServer {
  readonly process: InstrumentedServer;
  readonly client: StdioRpcClient;
  readonly receiver: OtlpReceiver;
  /** Every OTLP body as it came, decompressed. */
  readonly bodies: readonly Buffer[];
  readonly #release: () => Promise<void>;

  private constructor(
    server: InstrumentedServer,
    receiver: OtlpReceiver,
    bodies: readonly Buffer[],
    release: () => Promise<void>,
  ) {
    this.process = server;
    this.client = new StdioRpcClient(server.child);
    this.receiver = receiver;
    this.bodies = bodies;
    this.#release = release;
  }

  /** @param script file name in `fixtures` */
  static async start(script: string, options: ExportingServerOptions = {}): Promise<ExportingServer> {
    const folder = await mkdtemp(join(tmpdir(), 'mcp-vitals-app-'));
    await cp(FIXTURES, folder, { recursive: true });
    for (const name of PACKAGES) {
      const link = join(folder, 'node_modules', name);
      await mkdir(join(link, '..'), { recursive: true });
      await symlink(join(MODULES, name), link);
    }
    const receiver = await startOtlpReceiver();
    const recorder = await startRecorder(receiver.url);
    const process = await InstrumentedServer.start(join(folder, script), {
      cwd: folder,
      arguments: options.arguments ?? [],
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: recorder.url,
        OTEL_BSP_SCHEDULE_DELAY: '20',
        OTEL_METRIC_EXPORT_INTERVAL: '200',
        MCP_VITALS_SAMPLE_RATIO: '1',
        ...options.env,
      },
    });
    const server = new ExportingServer(process, receiver, recorder.bodies, async () => {
      await recorder.close();
      await receiver.close();
      await rm(folder, { recursive: true, force: true });
    });
    if (options.initialize !== false) await initialize(server.client);
    return server;
  }

  async call(name: string, args: unknown = {}, id?: string | number): ReturnType<StdioRpcClient['request']> {
    return await this.client.request('tools/call', { name, arguments: args }, id);
  }

  spansOf(id: string | number): DecodedSpan[] {
    return this.receiver.spans.filter((span) => span.attributes['jsonrpc.request.id'] === String(id));
  }

  /** Waits for the one span of a request. */
  async span(id: string | number): Promise<DecodedSpan> {
    await this.receiver.until(() => this.spansOf(id).length > 0);
    return this.spansOf(id)[0] as DecodedSpan;
  }

  async stop(): Promise<void> {
    await this.process.stop();
    await this.#release();
  }
}

/** Keeps every body and passes it on as it is. */
async function startRecorder(target: string): Promise<{ url: string; bodies: Buffer[]; close(): Promise<void> }> {
  const bodies: Buffer[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', async () => {
      const sent = Buffer.concat(chunks);
      bodies.push(request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent);
      const { 'content-type': type = '', 'content-encoding': encoding } = request.headers;
      const headers = { 'content-type': type, ...(encoding === undefined ? {} : { 'content-encoding': encoding }) };
      const answer = await fetch(`${target}${request.url}`, { method: 'POST', headers, body: sent });
      response.writeHead(answer.status, { 'content-type': 'application/x-protobuf' });
      response.end(Buffer.from(await answer.arrayBuffer()));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bodies,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
