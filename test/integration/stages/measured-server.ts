import { fileURLToPath } from 'node:url';
import { STAGES, type Stage } from '../../../src/semconv/stages.ts';
import { InstrumentedServer } from '../../support/instrumented-server.ts';
import { initialize, StdioRpcClient } from '../../support/json-rpc-client.ts';
import { type DecodedSpan, type OtlpReceiver, startOtlpReceiver } from '../../support/otlp-receiver.ts';

/** What one call spent in each stage by our account, and what was injected by the server's, in milliseconds. */
export interface MeasuredCall {
  readonly stagesMs: Record<Stage, number>;
  readonly durationMs: number;
  readonly injectedMs: number;
}

/** A server whose parts can be slowed down, every call of it exported. */
export class MeasuredServer {
  readonly process: InstrumentedServer;
  readonly client: StdioRpcClient;
  readonly receiver: OtlpReceiver;
  #nextId = 1000;
  #reports = 0;

  private constructor(server: InstrumentedServer, receiver: OtlpReceiver) {
    this.process = server;
    this.client = new StdioRpcClient(server.child);
    this.receiver = receiver;
  }

  /** @param script file name in `fixtures`, with its arguments */
  static async start(script: string, ...argv: string[]): Promise<MeasuredServer> {
    const receiver = await startOtlpReceiver();
    const server = await InstrumentedServer.start(fileURLToPath(new URL(`fixtures/${script}`, import.meta.url)), {
      arguments: argv,
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OTEL_BSP_SCHEDULE_DELAY: '20',
        MCP_VITALS_SAMPLE_RATIO: '1',
      },
    });
    const measured = new MeasuredServer(server, receiver);
    await initialize(measured.client);
    return measured;
  }

  /** Ids for the next calls; a call's id is also its argument `n`, by which the server files what it injected. */
  ids(count: number): number[] {
    return Array.from({ length: count }, () => this.#nextId++);
  }

  /** One line of the call `id` with a delay at `at`. */
  static line(id: number, at: string, method: string): string {
    const args = { n: id, at };
    const params = method === 'tools/call' ? { name: 'inject', arguments: args } : args;
    return `${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`;
  }

  /** Makes `count` calls one after the other and answers their ids. */
  async calls(count: number, at: string, method: string): Promise<number[]> {
    const ids = this.ids(count);
    for (const id of ids) {
      this.client.write(MeasuredServer.line(id, at, method));
      const answer = await this.client.waitFor((message) => message.id === id);
      if (answer.result?.['isError'] === true || answer.error !== undefined) {
        throw new Error(`the call failed: ${JSON.stringify(answer)}`);
      }
    }
    return ids;
  }

  /** Waits for the spans of all calls so far. */
  async measured(): Promise<(id: number) => MeasuredCall> {
    const answer = await this.client.request('tools/call', { name: 'report', arguments: undefined }, this.#reportId());
    const { content } = answer.result as unknown as { content: [{ text: string }] };
    const injected = JSON.parse(content[0].text) as Record<string, number>;
    await this.receiver.until(() => this.receiver.spans.some((span) => idOf(span) === answer.id));
    const spans = new Map(this.receiver.spans.map((span) => [idOf(span), span]));
    return (id) => {
      const span = spans.get(String(id));
      if (span === undefined) throw new Error(`no span of call ${id}`);
      return { ...measuredCall(span), injectedMs: injected[String(id)] ?? 0 };
    };
  }

  #reportId(): string {
    this.#reports += 1;
    return `report ${this.#reports}`;
  }

  async stop(): Promise<void> {
    await this.process.stop();
    await this.receiver.close();
  }
}

function idOf(span: DecodedSpan): unknown {
  return span.attributes['jsonrpc.request.id'];
}

function measuredCall(span: DecodedSpan): Omit<MeasuredCall, 'injectedMs'> {
  const seconds = (stage: string): number => (span.attributes[`mcp_vitals.stage.${stage}`] as number | undefined) ?? 0;
  return {
    stagesMs: Object.fromEntries(STAGES.map((stage) => [stage, 1000 * seconds(stage)])) as Record<Stage, number>,
    durationMs: Number(span.endNs - span.startNs) / 1e6,
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
