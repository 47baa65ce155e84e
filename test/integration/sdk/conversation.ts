import { setTimeout as delay } from 'node:timers/promises';
import { type HttpRpcClient, messagesOf, type StdioRpcClient } from '../../support/json-rpc-client.ts';
import type { Ledger } from './ledger.ts';

export type ServerKind = 'high' | 'low';

/** Names the fixture servers vouch for. */
export function namesOf(kind: ServerKind): string[] {
  const common = ['echo', 'refuses', 'fails', 'noisy', 'asks', 'waits', 'greet'];
  return kind === 'high'
    ? [...common, 'throws_at_once', 'structured']
    : [...common, 'custom/sum', 'notifications/custom_known'];
}

/** `initialize` and what belongs to it. */
export async function shakeHands(ledger: Ledger, protocolVersion: string): Promise<void> {
  const clientInfo = { name: 'matrix-client', version: '1.0.0' };
  await ledger.call('initialize', { protocolVersion, capabilities: { roots: {} }, clientInfo });
  await ledger.tell('notifications/initialized');
}

/** Every kind of request and answer that needs nothing but a request and an answer. */
export async function requests(ledger: Ledger, kind: ServerKind, structured: boolean): Promise<void> {
  await ledger.call('tools/list');
  await ledger.call('prompts/list');
  for (const text of ['one', 'zwei – 二 – 😀', 'x'.repeat(150_000)]) await ledger.tool('echo', { text });
  await ledger.tool('echo', { text: 'a string as id' }, 'id-as-text');
  await ledger.tool('echo', { wrong: 'arguments' });
  await ledger.tool('refuses');
  await ledger.tool('fails');
  await ledger.tool('no_such_tool');
  await ledger.call('prompts/get', { name: 'greet', arguments: { name: 'you' } });
  await ledger.call('prompts/get', { name: 'no_such_prompt' });
  await ledger.call('custom/not_there', { a: 1 });
  if (kind === 'low') {
    await ledger.call('custom/sum', { a: 1, b: 2 });
    return;
  }
  await ledger.tool('throws_at_once');
  await ledger.call('resources/list');
  await ledger.call('resources/read', { uri: 'memo://one' });
  await ledger.call('resources/read', { uri: 'memo://nowhere' });
  if (structured) {
    await ledger.tool('structured');
    await ledger.tool('structured', { wrong: true });
  }
}

/** Notifications of the client: known, unknown, and ones the server has a handler for. */
export async function notifications(ledger: Ledger, kind: ServerKind): Promise<void> {
  await ledger.tell('notifications/roots/list_changed');
  await ledger.tell('notifications/custom_unknown', { a: 1 });
  if (kind === 'low') await ledger.tell('notifications/custom_known', { a: 1 });
}

/** The server asks back in the middle of a call. */
export async function callback(ledger: Ledger): Promise<void> {
  const pending = ledger.tool('asks');
  const ping = await ledger.client.waitFor((message) => message.method === 'ping');
  await ledger.client.respond(ping.id ?? '', {});
  await pending;
}

/** A request that the client takes back is never answered. `ping` before and after it: everything has been dispatched. */
export async function cancellation(ledger: Ledger, send: (message: object) => void): Promise<void> {
  const params = { name: 'waits', arguments: {} };
  send({ jsonrpc: '2.0', id: 'given-up', method: 'tools/call', params });
  await ledger.call('ping');
  await ledger.tell('notifications/cancelled', { requestId: 'given-up', reason: 'changed my mind' });
  ledger.note('tools/call', params, 'cancelled');
  await ledger.call('ping');
}

/** What only a pipe can do: several messages in one write, one in two, things that are no messages. */
export async function framing(ledger: Ledger, client: StdioRpcClient): Promise<void> {
  const calls = ['first', 'second', 'third'].map((text, index) => ({
    jsonrpc: '2.0',
    id: `burst-${index}`,
    method: 'tools/call',
    params: { name: index === 1 ? 'fails' : 'echo', arguments: { text } },
  }));
  const list = { jsonrpc: '2.0', id: 'burst-list', method: 'tools/list' };
  const unknown = { jsonrpc: '2.0', id: 'burst-unknown', method: 'custom/not_there' };
  const burst = [...calls, list, { jsonrpc: '2.0', method: 'notifications/roots/list_changed' }, unknown];
  client.write(burst.map((message) => `${JSON.stringify(message)}\n`).join(''));
  for (const message of burst) {
    const { id, method, params } = message as { id?: string; method: string; params?: { name: string } };
    const answer = id === undefined ? undefined : await client.waitFor((candidate) => candidate.id === id);
    const code = answer?.error?.code;
    const failed = answer?.result?.['isError'] === true ? 'tool_error' : code === -32603 ? '-32603' : undefined;
    ledger.note(method, params, failed);
  }
  const halved = `${JSON.stringify({ jsonrpc: '2.0', id: 'halved', method: 'ping' })}\r\n`;
  client.write(halved.slice(0, 20));
  await delay(20);
  client.write(halved.slice(20));
  await client.waitFor((message) => message.id === 'halved');
  ledger.note('ping', undefined);
  client.write('this is no JSON\n{"jsonrpc":"2.0"}\n[]\n');
  await ledger.call('ping');
}

/** What only HTTP can do: a batch of messages in one body (revisions up to 2025-03-26), bodies that are no messages. */
export async function batches(ledger: Ledger, client: HttpRpcClient, served: boolean): Promise<void> {
  const params = { name: 'echo', arguments: { text: 'in a batch' } };
  const answer = await client.post([
    { jsonrpc: '2.0', id: 'batch-1', method: 'ping' },
    { jsonrpc: '2.0', id: 'batch-2', method: 'tools/call', params },
    { jsonrpc: '2.0', method: 'notifications/roots/list_changed' },
  ]);
  await client.post('this is no JSON');
  await client.post({ jsonrpc: '2.0' });
  if (!served) return;
  const ids = messagesOf(answer).map(({ id }) => id);
  if (ids.sort().join() !== 'batch-1,batch-2') throw new Error(`the batch was answered with ${answer.body}`);
  ledger.note('ping', undefined);
  ledger.note('tools/call', params);
  ledger.note('notifications/roots/list_changed', undefined);
}

/** Everything there is to say over a pipe to a client of the handshake era. */
export async function talkOverPipe(
  ledger: Ledger,
  client: StdioRpcClient,
  options: { kind: ServerKind; protocolVersion: string; structured: boolean },
): Promise<void> {
  await shakeHands(ledger, options.protocolVersion);
  await requests(ledger, options.kind, options.structured);
  await notifications(ledger, options.kind);
  await ledger.tool('noisy', { token: 'token-1' });
  const progress = client.received.filter(({ method }) => method === 'notifications/progress');
  if (progress.length !== 2) throw new Error(`2 notifications of progress were sent, ${progress.length} came`);
  await callback(ledger);
  await cancellation(ledger, (message) => client.write(`${JSON.stringify(message)}\n`));
  await framing(ledger, client);
}

/** Tools of {@link talkOverPipe} that must show an execution stage. */
export const EXECUTED_OVER_PIPE: readonly string[] = ['echo', 'fails', 'noisy', 'asks', 'waits'];
