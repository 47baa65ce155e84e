import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { verifies } from '../../support/verifies.ts';
import { type AnyClient, connectPair, GENERATIONS, type Pair, Recording } from './pairs.ts';

const recording = new Recording();
const { clients, recorder } = recording.instrumentation;

/** SDK 2.x sends a tool call some microtasks after it was asked for. */
async function requestArrived(): Promise<void> {
  while (recorder.active === 0) await new Promise((resolve) => setImmediate(resolve));
}

/** The options every request method of both generations takes last. */
function withOptions(client: AnyClient, name: string, options: object): Promise<unknown> {
  const params = { name, arguments: {} };
  // SDK 1.x has the result schema in between, SDK 2.x has not.
  const args = client instanceof ClientV1 ? [params, undefined, options] : [params, options];
  return Reflect.apply(client.callTool, client, args);
}

describe.each(GENERATIONS)('a client of SDK %d', (generation) => {
  let pair: Pair;
  let release: () => void;

  beforeEach(async () => {
    recording.clear();
    const waiting = new Promise<void>((resolve) => {
      release = resolve;
    });
    pair = await connectPair(recording, { client: generation, server: generation }, { wait: () => waiting });
  });
  afterEach(async () => {
    release();
    await pair.client.close();
    expect(clients.active).toBe(0);
    expect(recorder.active).toBe(0);
  });

  it('is measured from the first message of its handshake on', () => {
    verifies('REG-04');
    verifies('LAT-01');
    expect(recording.sentBy('client')).toEqual(['initialize ok', 'notifications/initialized ok']);
    const [initialize] = recording.sent;
    expect(initialize?.operation).toMatchObject({ requestId: 0, requestedName: undefined });
    expect(initialize?.operation.durationMs).toBeGreaterThanOrEqual(0);
    expect(initialize?.operation.connection.kind).toMatchObject({ transport: 'inproc' });
    expect(initialize?.operation.connection.kind.protocolVersion).toMatch(/^\d{4}-\d{2}-\d{2}$/);
  });

  it('records every answer by the rules for clients: isError, and every error code, is an error', async () => {
    verifies('LAT-01');
    recording.clear();
    await pair.client.listTools();
    await pair.client.callTool({ name: 'echo', arguments: { said: 'x' } });
    await pair.client.callTool({ name: 'refuses' });
    await pair.client.readResource({ uri: 'memo://none' }).catch(() => undefined);
    expect(recording.sentBy('client')).toEqual([
      'tools/list ok',
      'tools/call echo ok',
      'tools/call refuses tool_error',
      'resources/read -32601',
    ]);
    const [, , refused, unknown] = recording.sent;
    expect(refused?.operation.outcome.statusCode).toBe('');
    expect(unknown?.operation).toMatchObject({ resourceUri: 'memo://none', outcome: { statusCode: '-32601' } });
    expect(unknown?.operation.outcome.statusMessage).not.toBe('');
    // The same answer is the client's mistake, and no error, on the side of the server.
    expect(recording.served.at(-1)).toMatchObject({ method: 'resources/read', outcome: { errorType: '' } });
  });

  it('ends a request that the SDK gives up as a timeout, and one that the caller gives up as cancelled', async () => {
    recording.clear();
    await expect(withOptions(pair.client, 'waits', { timeout: 20 })).rejects.toThrow();
    const controller = new AbortController();
    const aborted = withOptions(pair.client, 'waits', { signal: controller.signal });
    await requestArrived();
    controller.abort(new Error('changed my mind'));
    await expect(aborted).rejects.toThrow();
    const timed = withOptions(pair.client, 'waits', { signal: AbortSignal.timeout(20) });
    await expect(timed).rejects.toThrow();
    const requests = recording.sentBy('client').filter((line) => !line.startsWith('notifications/'));
    expect(requests.map((line) => line.split(' ').at(-1))).toEqual(['timeout', 'cancelled', 'timeout']);
    expect(recording.sentBy('client').filter((line) => line.startsWith('notifications/cancelled ok'))).toHaveLength(3);
  });

  it('ends what is open when the transport closes or fails', async () => {
    recording.clear();
    const open = withOptions(pair.client, 'waits', {});
    await requestArrived();
    await pair.serverTransport.close();
    await expect(open).rejects.toThrow();
    expect(recording.sentBy('client').at(-1)).toMatch(/connection_closed$/);

    const other = await connectPair(recording, { client: generation, server: generation });
    recording.clear();
    const transport = other.clientTransport as unknown as { _otherTransport: unknown };
    const peer = transport._otherTransport;
    transport._otherTransport = undefined;
    await expect(other.client.ping()).rejects.toThrow('Not connected');
    expect(recording.sentBy('client')).toEqual(['ping Error']);
    transport._otherTransport = peer;
    await other.client.close();
  });

  it('does not hide a rejection that nobody handles', async () => {
    recording.clear();
    const unhandled: unknown[] = [];
    const previous = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', (reason) => unhandled.push(reason));
    void (pair.client as unknown as { request(...args: unknown[]): Promise<unknown> }).request(
      { method: 'resources/list' },
      generation === 1 ? (await import('@modelcontextprotocol/sdk/types.js')).EmptyResultSchema : {},
    );
    while (unhandled.length === 0) await new Promise((resolve) => setImmediate(resolve));
    process.removeAllListeners('unhandledRejection');
    for (const listener of previous) process.on('unhandledRejection', listener);
    expect(String(unhandled[0])).toContain('Method not found');
  });

  it('records notifications, and requests of the server on both sides', async () => {
    recording.clear();
    await pair.client.callTool({ name: 'asks' });
    await pair.client.notification({ method: 'notifications/roots/list_changed' }).catch(() => undefined);
    expect(recording.sentBy('server')).toEqual(['ping ok']);
    expect(recording.sentBy('client')[0]).toBe('tools/call asks ok');
    const ping = recording.served.find(({ method }) => method === 'ping');
    expect(ping).toMatchObject({ outcome: { errorType: '' }, connection: { isClient: true } });
    expect(ping?.handlerFrom).toBeGreaterThan(0);
  });

  it('has a session for as long as it is connected', async () => {
    const ended = (): number => clients.sessions.series.reduce((sum, { histogram }) => sum + histogram.count, 0);
    const before = ended();
    const open = clients.sessions.open.size;
    expect(open).toBeGreaterThanOrEqual(1);
    await pair.client.close();
    expect(ended()).toBe(before + 1);
    expect(clients.sessions.open.size).toBe(open - 1);
    expect(clients.sessions.series.every(({ kind }) => kind.protocolVersion !== '')).toBe(true);
  });

  it('leaves the messages it sends as they were, and sends them unchanged as long as no trace is exported', async () => {
    const seen: unknown[] = [];
    const { serverTransport } = pair;
    const { onmessage } = serverTransport;
    serverTransport.onmessage = (message, extra) => {
      seen.push(message);
      onmessage?.(message, extra);
    };
    const message = Object.freeze({ jsonrpc: '2.0' as const, method: 'notifications/initialized' });
    await pair.clientTransport.send(message);
    expect(seen).toEqual([message]);
    expect(seen[0]).toBe(message);
  });
});
