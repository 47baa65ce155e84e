import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { describe, expect, it } from 'vitest';
import type { Connection } from '../../../src/mcp/connection.ts';
import { OUTCOME_OK } from '../../../src/mcp/operation.ts';
import { outcomeOfFailure, outcomeOfResponse } from '../../../src/mcp/outcome.ts';
import { Recorder } from '../../../src/mcp/recorder.ts';
import type { McpServerLike } from '../../../src/mcp/sdk-shapes.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { verifies } from '../../support/verifies.ts';
import { connectionOfServer, type OperationParts, operationOf } from './operations.ts';

function recording(): { recorder: Recorder; clock: FakeClock; connection: Connection } {
  const clock = new FakeClock();
  clock.jump(1000);
  const recorder = new Recorder({ now: () => clock.now() });
  const server = new McpServer({ name: 'recorded', version: '1' });
  server.registerTool('search', {}, () => ({ content: [] }));
  recorder.link(server as unknown as McpServerLike);
  return { recorder, clock, connection: connectionOfServer(server.server, clock.now()) };
}

const CALL: OperationParts = { method: 'tools/call', name: 'search' };

describe('the recorder', () => {
  it('files a finished operation under its name, once', () => {
    verifies('LAT-01', 'LAT-02');
    const { recorder, clock, connection } = recording();
    const operation = operationOf({ ...CALL, connection, receivedAt: 1000, dispatchedAt: 1000 });
    const finished: string[] = [];
    recorder.onFinished = (_operation, entry, stagesMs) => {
      finished.push(`${entry.name} ${stagesMs.reduce((sum, stage) => sum + stage, 0)}`);
    };
    recorder.begin(operation);
    clock.advance(30);
    recorder.finish(operation, OUTCOME_OK);
    clock.advance(30);
    recorder.finish(operation, outcomeOfFailure('late'));
    expect(finished).toEqual(['tools/call search 30']);
    const [entry] = [...recorder.entries()];
    expect([entry?.name, entry?.count, entry?.errors, operation.durationMs]).toEqual(['tools/call search', 1, 0, 30]);
    expect(operation.isRecording()).toBe(false);
  });

  it('counts what is in flight, what waits for its handler and the most there was of it', () => {
    const { recorder, connection } = recording();
    const operations = [1, 2, 3].map((id) => operationOf({ ...CALL, connection, id }));
    for (const operation of operations) recorder.begin(operation);
    recorder.begin(operationOf({ method: 'notifications/initialized', id: undefined, connection }));
    expect([recorder.active, recorder.peak, recorder.queued]).toEqual([3, 3, 3]);
    expect([...recorder.inFlight()]).toEqual([{ method: 'tools/call', transport: 'inproc', count: 3 }]);
    for (const operation of operations) recorder.finish(operation, OUTCOME_OK);
    expect([recorder.active, recorder.peak, recorder.queued]).toEqual([0, 3, 0]);
    expect([...recorder.inFlight()].every(({ count }) => count === 0)).toBe(true);
  });

  it('records names the server does not vouch for under _OTHER, except when it answers them', () => {
    verifies('NFR-05');
    const { recorder, connection } = recording();
    const file = (name: string, outcome = OUTCOME_OK): void => {
      const operation = operationOf({ method: 'tools/call', name, connection });
      recorder.begin(operation);
      recorder.finish(operation, outcome);
    };
    for (let index = 0; index < 1000; index += 1)
      file(`made up ${index}`, outcomeOfResponse({ error: { code: -32602 } }));
    file('__proto__', outcomeOfResponse({ result: { isError: true } }));
    file('dynamic');
    const names = [...recorder.entries()].map(({ name, count }) => `${name}: ${count}`);
    expect(names.sort()).toEqual(['tools/call _OTHER: 1001', 'tools/call dynamic: 1']);
    expect(recorder.names.overflowed).toBe(1001);
  });

  it('closes what a connection has open with its session, once', () => {
    verifies('LAT-01');
    const { recorder, clock, connection } = recording();
    connection.session = recorder.sessions.begin(connection.kind, clock.now(), connection.transport);
    const operations = [1, 1, 2].map((id) => operationOf({ ...CALL, connection, id }));
    for (const operation of operations) {
      recorder.begin(operation);
      connection.track(operation, operation.requestId as number);
    }
    clock.advance(10);
    recorder.close(connection, outcomeOfFailure('connection_closed'), '');
    recorder.close(connection, outcomeOfFailure('connection_closed'), '');
    const [entry] = [...recorder.entries()];
    expect([entry?.count, entry?.errors, Object.fromEntries(entry?.errorTypes ?? [])]).toEqual([
      3,
      3,
      { connection_closed: 3 },
    ]);
    expect([recorder.active, recorder.sessions.open.size]).toEqual([0, 0]);
    expect(recorder.sessions.series.map(({ histogram }) => [histogram.count, histogram.sum])).toEqual([[1, 0.01]]);
  });

  it('counts its own failures by class', () => {
    verifies('NFR-05');
    const { recorder } = recording();
    for (const error of [new TypeError('x'), new TypeError('y'), 'text', undefined]) recorder.failed(error);
    expect(Object.fromEntries(recorder.selfErrors)).toEqual({ TypeError: 2, _OTHER: 2 });
  });
});
