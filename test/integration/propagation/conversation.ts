import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { InstrumentedServer, REGISTER_URL } from '../../support/instrumented-server.ts';
import { type DecodedSpan, type OtlpReceiver, startOtlpReceiver } from '../../support/otlp-receiver.ts';

export type Generation = '1' | '2';
/** `modern`: revision 2026-07-28; `negotiated`: a client that can speak it meets a server that cannot. */
export type TransportName =
  | 'stdio'
  | 'http'
  | 'in-memory'
  | 'modern-stdio'
  | 'modern-http'
  | 'negotiated-stdio'
  | 'negotiated-http';

/** Span kinds as OTLP numbers them. */
export const KIND = { internal: 1, server: 2, client: 3 } as const;

const LIMIT_MS = 20_000;
export const FIXTURES: string = fileURLToPath(new URL('fixtures/', import.meta.url));

export interface ConversationOptions {
  readonly client: Generation;
  readonly server: Generation;
  readonly transport: TransportName;
  readonly env?: Readonly<Record<string, string>>;
  /** Where the programs lie, which decides about the SDK version they find. Default: among the tests. */
  readonly folder?: string;
}

/** An agent and a server, each a process of its own with the product in front of it, and where their telemetry goes. */
export class Conversation {
  readonly receiver: OtlpReceiver;
  readonly agent: InstrumentedServer;
  readonly #server: InstrumentedServer | undefined;
  readonly #serverDir: string;

  private constructor(
    receiver: OtlpReceiver,
    agent: InstrumentedServer,
    server: InstrumentedServer | undefined,
    serverDir: string,
  ) {
    this.receiver = receiver;
    this.agent = agent;
    this.#server = server;
    this.#serverDir = serverDir;
  }

  /** Starts both, and waits until both have loaded all of the product: what follows is in the middle of their life. */
  static async start(options: ConversationOptions): Promise<Conversation> {
    const receiver = await startOtlpReceiver();
    const serverDir = await mkdtemp(join(tmpdir(), 'mcp-vitals-test-'));
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_BSP_SCHEDULE_DELAY: '20',
      OTEL_METRIC_EXPORT_INTERVAL: '200',
      MCP_VITALS_OTEL: 'own',
      MCP_VITALS_SAMPLE_RATIO: '1',
      ...options.env,
    };
    const { transport, folder = FIXTURES } = options;
    const isHttp = transport.endsWith('http');
    const server = isHttp
      ? await InstrumentedServer.start(join(folder, 'server.mjs'), {
          arguments: [options.server, serving(transport)],
          env,
        })
      : undefined;
    const target =
      server === undefined
        ? stdioTarget(options, { ...env, MCP_VITALS_DISCOVERY_DIR: serverDir })
        : await address(server);
    const agent = await InstrumentedServer.start(join(folder, 'agent.mjs'), {
      arguments: [options.client, transport, transport === 'in-memory' ? options.server : target],
      env,
    });
    const conversation = new Conversation(receiver, agent, server, serverDir);
    await agent.stderrMatch(/^connected$/m);
    await agent.url();
    if (server !== undefined) await server.url();
    else if (transport !== 'in-memory') await waitForFile(serverDir);
    return conversation;
  }

  /** Has the agent call a tool, and answers the content of the result. */
  async call(tool: string): Promise<string> {
    this.agent.child.stdin?.write(`${tool}\n`);
    const [, content = ''] = await this.agent.stderrMatch(new RegExp(`^answered ${tool} (.*)$`, 'm'));
    return content;
  }

  /** Waits until a span with that name and kind has come, and answers all of them. */
  async spans(name: string, kind: number, count = 1): Promise<DecodedSpan[]> {
    const found = (): DecodedSpan[] => this.receiver.spans.filter((span) => span.name === name && span.kind === kind);
    await this.receiver.until(() => found().length >= count);
    return found();
  }

  /** Waits for the span of that name and kind right below another one. */
  async child(parent: DecodedSpan, name: string, kind: number): Promise<DecodedSpan> {
    const found = (): DecodedSpan | undefined =>
      this.receiver.spans.find(
        (span) => span.parentSpanId === parent.spanId && span.name === name && span.kind === kind,
      );
    await this.receiver.until(() => found() !== undefined);
    return found() as DecodedSpan;
  }

  /** The spans of the call of `work` that the agent made last, from its own span down to the database. */
  async chain(): Promise<readonly [DecodedSpan, DecodedSpan, DecodedSpan, DecodedSpan, DecodedSpan]> {
    const [agent] = (await this.spans('agent work', KIND.internal)) as [DecodedSpan];
    const sent = await this.child(agent, 'tools/call work', KIND.client);
    const served = await this.child(sent, 'tools/call work', KIND.server);
    const tool = await this.child(served, 'prepare answer', KIND.internal);
    return [agent, sent, served, tool, await this.child(tool, 'SELECT', KIND.client)];
  }

  async stop(): Promise<void> {
    await this.agent.stop();
    await this.#server?.stop();
    await this.receiver.close();
    await rm(this.#serverDir, { recursive: true, force: true });
  }
}

function serving(transport: TransportName): string {
  return transport.replace('negotiated-', '');
}

/** How the agent starts its server over stdio; client transports pass on almost nothing of their environment. */
function stdioTarget(
  { server, transport, folder = FIXTURES }: ConversationOptions,
  env: Record<string, string>,
): string {
  const args = ['--import', REGISTER_URL, join(folder, 'server.mjs'), server, serving(transport)];
  return JSON.stringify({ command: process.execPath, args, env: { ...env, MCP_VITALS_PORT: '0' } });
}

async function address(server: InstrumentedServer): Promise<string> {
  const [, url] = await server.stderrMatch(/listening on (\S+)/);
  return url ?? '';
}

async function waitForFile(folder: string): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  while ((await readdir(folder)).length === 0) {
    if (performance.now() > deadline) throw new Error('the server over stdio did not start its monitoring');
    await delay(10);
  }
}
