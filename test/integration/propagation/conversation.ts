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
const script = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));

export interface ConversationOptions {
  readonly client: Generation;
  readonly server: Generation;
  readonly transport: TransportName;
  readonly env?: Readonly<Record<string, string>>;
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
    const { transport } = options;
    const isHttp = transport.endsWith('http');
    const server = isHttp
      ? await InstrumentedServer.start(script('server.mjs'), { arguments: [options.server, serving(transport)], env })
      : undefined;
    const target =
      server === undefined
        ? stdioTarget(options, { ...env, MCP_VITALS_DISCOVERY_DIR: serverDir })
        : await address(server);
    const agent = await InstrumentedServer.start(script('agent.mjs'), {
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

  parentOf(span: DecodedSpan): DecodedSpan | undefined {
    return this.receiver.spans.find(({ spanId }) => spanId === span.parentSpanId);
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
function stdioTarget({ server, transport }: ConversationOptions, env: Record<string, string>): string {
  const args = ['--import', REGISTER_URL, script('server.mjs'), server, serving(transport)];
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
