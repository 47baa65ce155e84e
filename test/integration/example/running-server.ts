import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ReadBuffer, serializeMessage } from '@modelcontextprotocol/sdk/shared/stdio.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';

const SERVER = fileURLToPath(new URL('../../../examples/knowledge-base/server.js', import.meta.url));

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The example server as a child process with a client connected to it. */
export interface RunningServer {
  readonly client: Client;
  /** One more session; over stdio there is only one. */
  connectAnother(): Promise<Client>;
  /** Ends the server as its transport does: stdin end over stdio, SIGTERM over HTTP. Resolves when its streams are closed, which its own child shares. */
  stop(): Promise<Exit>;
}

export async function connectOverStdio(): Promise<RunningServer> {
  const child = spawn(process.execPath, [SERVER], { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stderr.resume();
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(pipeTransport(child));
  return {
    client,
    connectAnother: () => Promise.reject(new Error('stdio has one client')),
    stop: () => {
      child.stdin.end();
      return closed(child);
    },
  };
}

export async function connectOverHttp(): Promise<RunningServer> {
  const child = spawn(process.execPath, [SERVER, '--http', '--port', '0'], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.resume();
  const url = await readyUrl(child);
  const connectAnother = async () => {
    const client = new Client({ name: 'test', version: '1' });
    // The SDK declares `sessionId` in a way that exactOptionalPropertyTypes does not accept as its own interface.
    await client.connect(new StreamableHTTPClientTransport(new URL(url)) as Transport);
    return client;
  };
  return {
    client: await connectAnother(),
    connectAnother,
    stop: () => {
      child.kill('SIGTERM');
      return closed(child);
    },
  };
}

async function closed(child: ChildProcess): Promise<Exit> {
  // `close` waits for the pipes, and the embedding service holds the same stderr: it has ended, too.
  const [code, signal] = await once(child, 'close');
  return { code, signal };
}

function readyUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      const match = /ready on (http:\S+)/.exec(output);
      if (match?.[1] !== undefined) resolve(match[1]);
    });
    child.once('exit', () => {
      reject(new Error(`the server ended: ${output}`));
    });
  });
}

/** A client transport over a child process that the test owns, so that it sees the exit code. */
function pipeTransport(child: ChildProcess): Transport {
  const buffer = new ReadBuffer();
  const transport: Transport = {
    start: async () => {
      child.stdout?.on('data', (part: Buffer) => {
        buffer.append(part);
        for (let message = buffer.readMessage(); message !== null; message = buffer.readMessage()) {
          transport.onmessage?.(message);
        }
      });
    },
    send: async (message) => {
      child.stdin?.write(serializeMessage(message));
    },
    close: async () => {
      child.stdin?.end();
    },
  };
  return transport;
}
