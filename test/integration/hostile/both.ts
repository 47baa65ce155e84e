import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Exit, InstrumentedServer, type ServerOptions } from '../../support/instrumented-server.ts';
import { initialize, type RpcMessage, StdioRpcClient } from '../../support/json-rpc-client.ts';

const PATIENCE_MS = 10_000;

/** One server process with a client that has introduced itself. */
export interface Running {
  readonly server: InstrumentedServer;
  readonly client: StdioRpcClient;
}

export async function run(script: string, options: ServerOptions = {}): Promise<Running> {
  const server = await InstrumentedServer.start(fileURLToPath(new URL(`fixtures/${script}`, import.meta.url)), options);
  const client = new StdioRpcClient(server.child);
  await initialize(client);
  return { server, client };
}

/** What a client can see of a server. */
export interface Seen {
  /** Lines of stdout in no order: notifications and answers of concurrent calls come as they come. */
  readonly stdout: readonly string[];
  readonly stderr: string;
  readonly exit: Exit;
}

/** Writes to a running server, waits for the answer of a last `ping`, or for the end of the server, and stops it. */
export async function converse({ server, client }: Running, chunks: readonly (string | Buffer)[]): Promise<Seen> {
  server.child.stdin?.on('error', () => {});
  for (const chunk of chunks) server.child.stdin?.write(chunk);
  server.child.stdin?.write('\n{"jsonrpc":"2.0","id":"end","method":"ping"}\n');
  await Promise.race([server.exited, client.waitFor((message) => message.id === 'end')]).catch(() => {});
  // A server over stdio ends with its input; only one that does not is told to.
  server.child.stdin?.end();
  const ended = new AbortController();
  await Promise.race([server.exited, delay(PATIENCE_MS, undefined, { signal: ended.signal })]);
  ended.abort();
  const exit = await server.stop();
  const stdout = client.bytes.toString('utf8').split('\n').sort();
  return { stdout, stderr: server.stderr, exit };
}

/** The same conversation with the server as it is, and with the product in front of it. */
export async function converseWithBoth(
  script: string,
  chunks: readonly (string | Buffer)[],
  options: ServerOptions = {},
): Promise<{ bare: Seen; measured: Seen; figures: Running }> {
  const [plain, figures] = await Promise.all([run(script, { ...options, instrumented: false }), run(script, options)]);
  await figures.server.url();
  const [bare, measured] = await Promise.all([converse(plain, chunks), converse(figures, chunks)]);
  return { bare, measured, figures };
}

export function request(id: unknown, method: unknown, params?: unknown): string {
  return `${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`;
}

export function call(id: unknown, name: unknown, args: unknown = { text: 'x' }): string {
  return request(id, 'tools/call', { name, arguments: args });
}

/** Ids of the messages that came as answers. */
export function answeredIds(messages: readonly RpcMessage[]): unknown[] {
  return messages.filter(({ method }) => method === undefined).map(({ id }) => id);
}
