import { expect } from 'vitest';
import type { Snapshot } from '../../../src/core/model/snapshot.ts';
import { InstrumentedServer, type ServerOptions } from '../../support/instrumented-server.ts';
import { HttpRpcClient, StdioRpcClient } from '../../support/json-rpc-client.ts';
import { comparable, recordingOf } from '../../support/wire-recorder.ts';
import { Ledger } from './ledger.ts';

/** What a finished conversation must show up as, beyond the counts. */
export interface Expectation {
  /** `network.transport` of every operation. */
  readonly transport: 'pipe' | 'tcp' | 'inproc';
  /** `mcp.protocol.version` of every operation; `undefined` where an SDK does not tell it on every connection. */
  readonly protocolVersion: string | undefined;
  readonly sessions: Snapshot['sessions'];
  /** Tools that must show an execution stage. */
  readonly executed: readonly string[];
}

export interface MatrixCase<Client> {
  readonly script: string;
  readonly options?: ServerOptions;
  readonly names: readonly string[];
  /** Must be deterministic: it is held twice, once with the product in front of the server and once without. */
  converse(ledger: Ledger, client: Client, server: InstrumentedServer): Promise<void>;
  readonly expectation: Expectation;
  /** What to wait for before the measured server is ended: a program that exits at once sends nothing more. */
  settled?(ledger: Ledger): Promise<void>;
}

/** What came out of both runs of a case. */
export interface CaseResult {
  readonly messages: number;
  readonly streams: number;
  readonly bytes: number;
  readonly snapshot: Snapshot;
  readonly metrics: string;
}

interface Side {
  readonly wire: Record<string, string>;
  readonly exitCode: number | null;
  readonly stderr: string;
  readonly ledger: Ledger;
  readonly snapshot: Snapshot | undefined;
  readonly metrics: string;
}

/** Holds the conversation over stdio with and without the product and compares everything. */
export async function stdioCase(matrixCase: MatrixCase<StdioRpcClient>): Promise<CaseResult> {
  return await bothSides(matrixCase, async (server) => {
    const client = new StdioRpcClient(server.child);
    return { client, leave: async () => client.close() };
  });
}

/** The same over HTTP. */
export async function httpCase(matrixCase: MatrixCase<HttpRpcClient>): Promise<CaseResult> {
  return await bothSides(matrixCase, async (server) => {
    const [, url] = await server.stderrMatch(/listening on (http:\S+)/);
    const client = new HttpRpcClient(url ?? '');
    return { client, leave: async () => client.close() };
  });
}

async function bothSides<Client extends StdioRpcClient | HttpRpcClient>(
  matrixCase: MatrixCase<Client>,
  connect: (server: InstrumentedServer) => Promise<{ client: Client; leave(): Promise<void> }>,
): Promise<CaseResult> {
  const side = async (instrumented: boolean): Promise<Side> => {
    const { script, options, names, converse, expectation } = matrixCase;
    const server = await InstrumentedServer.start(script, { ...options, instrumented });
    try {
      const { client, leave } = await connect(server);
      const ledger = new Ledger(client, names);
      await converse(ledger, client, server);
      const settled = ({ requests, operations, sessions }: Snapshot): boolean =>
        requests.active === 0 &&
        sessions.active === expectation.sessions.active &&
        operations.reduce((sum, { count }) => sum + count, 0) >= ledger.total;
      const snapshot = instrumented ? await server.snapshotWhen(settled) : undefined;
      const metrics = instrumented ? await server.metricsText() : '';
      if (instrumented) await matrixCase.settled?.(ledger);
      await leave();
      const exit = await server.stop();
      const wire = comparable(recordingOf(client));
      return { wire, exitCode: exit.code, stderr: server.stderr, ledger, snapshot, metrics };
    } catch (error) {
      const side = instrumented ? 'with the product' : 'without the product';
      throw new Error(`${side}: ${(error as Error).message}\nstderr: ${server.stderr}`, { cause: error });
    } finally {
      await server.stop('SIGKILL', 0);
    }
  };
  const [bare, measured] = await Promise.all([side(false), side(true)]);
  expect(measured.wire).toEqual(bare.wire);
  expect(measured.exitCode, measured.stderr).toBe(bare.exitCode);
  const snapshot = measured.snapshot as Snapshot;
  expectFigures(measured.ledger, snapshot, matrixCase.expectation);
  expectLabels(measured.ledger, measured.metrics, matrixCase.expectation);
  const streams = Object.values(measured.wire);
  const bytes = streams.reduce((sum, text) => sum + text.length, 0);
  return { messages: measured.ledger.total, streams: streams.length, bytes, snapshot, metrics: measured.metrics };
}

/** Counts, classes of failure, stages, sessions: all exactly as the client's side of the bookkeeping says. */
function expectFigures(ledger: Ledger, snapshot: Snapshot, expectation: Expectation): void {
  const counted = snapshot.operations.map(({ name, count, errorTypes }) => [name, { count, errorTypes }]);
  expect(Object.fromEntries(counted)).toEqual(Object.fromEntries(ledger.expected));
  for (const name of expectation.executed) {
    const operation = snapshot.operations.find((candidate) => candidate.name === `tools/call ${name}`);
    const execution = operation?.stages.find(({ stage }) => stage === 'execution');
    expect(execution, name).toMatchObject({ count: operation?.count });
    expect(execution?.totalSeconds, `execution of ${name}`).toBeGreaterThan(0);
    const unattributed = operation?.stages.find(({ stage }) => stage === 'unattributed');
    expect(unattributed?.totalSeconds, `unattributed time of ${name}`).toBe(0);
  }
  expect(snapshot.requests).toMatchObject({ active: 0, queued: 0 });
  expect(snapshot.sessions).toEqual(expectation.sessions);
}

/** `/metrics` tells the same counts, and every point says over which transport and in which revision. */
function expectLabels(ledger: Ledger, metrics: string, expectation: Expectation): void {
  const points = metrics
    .split('\n')
    .filter((line) => line.startsWith('mcp_server_operation_duration_seconds_count{'))
    .map((line) => ({
      labels: Object.fromEntries([...line.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map((match) => [match[1], match[2]])),
      count: Number(line.slice(line.lastIndexOf(' '))),
    }));
  expect(points.reduce((sum, { count }) => sum + count, 0)).toBe(ledger.total);
  for (const { labels } of points) {
    expect(labels['network_transport'], JSON.stringify(labels)).toBe(expectation.transport);
    if (expectation.protocolVersion !== undefined) {
      expect(labels['mcp_protocol_version'], JSON.stringify(labels)).toBe(expectation.protocolVersion);
    }
  }
}
