import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Snapshot } from '../../src/core/model/snapshot.ts';
import { type NodeMajor, nodeBinary } from './nodes.ts';

/** The built entry that `--import mcp-vitals/register` resolves to. */
export const REGISTER_URL: string = new URL('../../dist/register.js', import.meta.url).href;

export interface ServerOptions {
  /** Whether the product is put in front, default true; `false` is the same program without it. */
  readonly instrumented?: boolean;
  /** The product's entry, default the built one of the checkout. */
  readonly register?: string;
  /** Node to run on, default the running one. */
  readonly node?: NodeMajor;
  /** Arguments of Node before the script; other loaders go here. They stand before our `--import`. */
  readonly nodeArguments?: readonly string[];
  /** How Node hears of the product: by its own argument, or by the environment, which it reads before its arguments. */
  readonly through?: 'arguments' | 'NODE_OPTIONS';
  /** Arguments of the script. */
  readonly arguments?: readonly string[];
  /** Added to a small environment that inherits nothing from the test but PATH, HOME and TMPDIR. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const LIMIT_MS = 20_000;
const running = new Set<InstrumentedServer>();

/** A server script as a child process, with the product in front of it or without. */
export class InstrumentedServer {
  readonly child: ChildProcess;
  readonly discoveryDir: string;
  readonly #exited: Promise<Exit>;
  #stderr = '';
  #url: string | undefined;

  private constructor(child: ChildProcess, discoveryDir: string) {
    this.child = child;
    this.discoveryDir = discoveryDir;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    this.#exited = once(child, 'close').then(([code, signal]) => ({ code, signal }));
    running.add(this);
  }

  /** Starts it with pipes for stdin, stdout and stderr. `script` is a path; every process gets a discovery directory of its own. */
  static async start(script: string, options: ServerOptions = {}): Promise<InstrumentedServer> {
    const binary = options.node === undefined ? process.execPath : await nodeBinary(options.node);
    const discoveryDir = await mkdtemp(join(tmpdir(), 'mcp-vitals-test-'));
    const register = options.instrumented === false ? [] : ['--import', options.register ?? REGISTER_URL];
    const environment = options.through === 'NODE_OPTIONS' ? { NODE_OPTIONS: register.join(' ') } : {};
    const ours = options.through === 'NODE_OPTIONS' ? [] : register;
    const argv = [...(options.nodeArguments ?? []), ...ours, script, ...(options.arguments ?? [])];
    const env = {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      TMPDIR: process.env['TMPDIR'],
      MCP_VITALS_PORT: '0',
      MCP_VITALS_DISCOVERY_DIR: discoveryDir,
      ...environment,
      ...options.env,
    };
    const child = spawn(binary, argv, { stdio: ['pipe', 'pipe', 'pipe'], env, cwd: options.cwd });
    return new InstrumentedServer(child, discoveryDir);
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** The process has ended and its pipes are closed. */
  get exited(): Promise<Exit> {
    return this.#exited;
  }

  /** Waits until stderr matches, and answers the match. Servers over HTTP say their address there. */
  async stderrMatch(pattern: RegExp): Promise<RegExpExecArray> {
    return await this.#poll(`stderr to match ${pattern}`, () => pattern.exec(this.#stderr) ?? undefined);
  }

  /** Address of the status endpoint, once the server has written its discovery file (after its first operation). */
  async url(): Promise<string> {
    this.#url ??= await this.#poll('a discovery file', async () => {
      const name = (await readdir(this.discoveryDir)).find((file) => file.endsWith('.json'));
      if (name === undefined) return undefined;
      const [entry] = JSON.parse(await readFile(join(this.discoveryDir, name), 'utf8')) as [
        { labels: { url: string } },
      ];
      return entry.labels.url;
    });
    return this.#url;
  }

  async snapshot(): Promise<Snapshot> {
    return JSON.parse(await this.#get('/api/summary')) as Snapshot;
  }

  async metricsText(): Promise<string> {
    return await this.#get('/metrics');
  }

  /** The first snapshot that fulfils the condition; fails with the last one when none does in time. */
  async snapshotWhen(condition: (snapshot: Snapshot) => boolean): Promise<Snapshot> {
    let last: Snapshot | undefined;
    try {
      return await this.#poll('the expected figures', async () => {
        last = await this.snapshot();
        return condition(last) ? last : undefined;
      });
    } catch (error) {
      throw new Error(`${(error as Error).message}\nlast snapshot: ${JSON.stringify(last)}`, { cause: error });
    }
  }

  /** Ends stdin (the end of a stdio server), then signals, and answers how the process ended. */
  async stop(signal: NodeJS.Signals = 'SIGTERM', graceMs = 2000): Promise<Exit> {
    this.child.stdin?.end();
    const alive = (): boolean => this.child.exitCode === null && this.child.signalCode === null;
    const timers: NodeJS.Timeout[] = [];
    if (alive()) {
      timers.push(setTimeout(() => this.child.kill(signal), this.child.stdin === null ? 0 : 300));
      timers.push(setTimeout(() => this.child.kill('SIGKILL'), graceMs + 300));
    }
    // Nobody may be reading: unread bytes would keep the pipes from closing.
    if (this.child.stdout?.readableFlowing === null) this.child.stdout.resume();
    const exit = await this.#exited;
    for (const timer of timers) clearTimeout(timer);
    running.delete(this);
    await rm(this.discoveryDir, { recursive: true, force: true });
    return exit;
  }

  async #get(path: string): Promise<string> {
    const response = await fetch(`${await this.url()}${path}`);
    if (!response.ok) throw new Error(`${path} was answered with ${response.status}: ${await response.text()}`);
    return await response.text();
  }

  async #poll<Value>(what: string, probe: () => Value | undefined | Promise<Value | undefined>): Promise<Value> {
    const deadline = performance.now() + LIMIT_MS;
    for (;;) {
      const value = await probe();
      if (value !== undefined) return value;
      const gone = this.child.exitCode !== null || this.child.signalCode !== null;
      if (gone || performance.now() > deadline) {
        const state = gone ? `the process ended (${this.child.exitCode ?? this.child.signalCode})` : 'time is up';
        throw new Error(`waited for ${what}, but ${state}; stderr:\n${this.#stderr.slice(-4000)}`);
      }
      await delay(10);
    }
  }
}

/** Ends every server a test has left running; for `afterEach`. */
export async function stopServers(): Promise<void> {
  await Promise.all([...running].map((server) => server.stop('SIGKILL', 0)));
}

process.once('exit', () => {
  for (const server of running) server.child.kill('SIGKILL');
});
