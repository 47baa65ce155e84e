// @ts-check
/** Starts the example server under mcp-vitals, exactly as a user would from a shell, and connects clients to it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

/** Where `mcp-vitals/register` resolves: this repository, or a project that installed the package. */
const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));
const ARGS = ['--import', 'mcp-vitals/register', 'examples/knowledge-base/server.js'];
const HTTP_ARGS = ['--http', '--port', '0'];
const HTTP_CLIENTS = 10;
/** Indexing comes before the first answer. */
const START_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 5_000;
const MAX_KEPT_LINES = 50;

/**
 * @typedef {object} MonitoredServer
 * @property {string} command as it was run, in the project's folder
 * @property {number} pid
 * @property {Client[]} clients
 * @property {() => Promise<void>} stop
 */

/**
 * @param {'stdio' | 'http'} transport
 * @param {NodeJS.ProcessEnv} env
 * @param {import('./message-counter.js').MessageCounter} counter
 * @param {(line: string) => void} onLine what the server writes to stderr
 * @returns {Promise<MonitoredServer>}
 * @throws {Error} with the last lines of stderr when the server does not start
 */
export async function startMonitoredServer(transport, env, counter, onLine) {
  /** @type {string[]} */
  const lines = [];
  const keep = (/** @type {string} */ line) => {
    lines.push(line);
    if (lines.length > MAX_KEPT_LINES) lines.shift();
    onLine(line);
  };
  try {
    return await (transport === 'stdio' ? startOverStdio : startOverHttp)(env, counter, keep);
  } catch (error) {
    const reason = error instanceof Error ? error.message : error;
    throw new Error([`the server did not start: ${reason}`, ...lines].join('\n  '), { cause: error });
  }
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {import('./message-counter.js').MessageCounter} counter
 * @param {(line: string) => void} onLine
 * @returns {Promise<MonitoredServer>}
 */
async function startOverStdio(env, counter, onLine) {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: ARGS,
    cwd: PROJECT,
    env: /** @type {Record<string, string>} */ (env),
    stderr: 'pipe',
  });
  eachLine(transport.stderr, onLine);
  const client = await connect(transport, counter);
  return {
    command: ['node', ...ARGS].join(' '),
    pid: transport.pid ?? 0,
    clients: [client],
    stop: () => client.close(),
  };
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {import('./message-counter.js').MessageCounter} counter
 * @param {(line: string) => void} onLine
 * @returns {Promise<MonitoredServer>}
 */
async function startOverHttp(env, counter, onLine) {
  const args = [...ARGS, ...HTTP_ARGS];
  const child = spawn(process.execPath, args, { cwd: PROJECT, env, stdio: ['ignore', 'ignore', 'pipe'] });
  const url = await new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`it ended with code ${code}`)));
    child.once('error', reject);
    eachLine(child.stderr, (line) => {
      onLine(line);
      const ready = /ready on (http:\S+)/.exec(line);
      if (ready?.[1] !== undefined) resolve(new URL(ready[1]));
    });
  });
  /** @type {Client[]} */
  const clients = [];
  for (let index = 0; index < HTTP_CLIENTS; index++) {
    clients.push(await connect(new StreamableHTTPClientTransport(url), counter));
  }
  return {
    command: ['node', ...args].join(' '),
    pid: child.pid ?? 0,
    clients,
    stop: async () => {
      await Promise.all(clients.map((client) => client.close()));
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
      await once(child, 'exit');
      clearTimeout(timer);
    },
  };
}

/**
 * @param {StdioClientTransport | StreamableHTTPClientTransport} transport
 * @param {import('./message-counter.js').MessageCounter} counter
 * @returns {Promise<Client>}
 */
async function connect(transport, counter) {
  // The SDK's own transports do not fit its interface under exactOptionalPropertyTypes.
  const wire = /** @type {import('@modelcontextprotocol/sdk/shared/transport.js').Transport} */ (transport);
  counter.attach(wire);
  const client = new Client({ name: 'knowledge-base-demo', version: '1.0.0' });
  await client.connect(wire, { timeout: START_TIMEOUT_MS });
  return client;
}

/**
 * @param {import('node:stream').Stream | null} stream
 * @param {(line: string) => void} onLine
 */
function eachLine(stream, onLine) {
  if (stream === null) return;
  createInterface({ input: /** @type {import('node:stream').Readable} */ (stream) }).on('line', onLine);
}
