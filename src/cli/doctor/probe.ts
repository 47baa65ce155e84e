/**
 * Starts a command once, as `run` would, asks it to initialize over standard input, and lets it go. Nothing of this run is
 * exported and no port is bound.
 */
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import spawn from 'cross-spawn';
import { type Clock, systemClock } from '../../core/clock.ts';
import { ownFile } from '../../core/own-file.ts';
import { VERSION } from '../../core/version.ts';
import { environmentWithImports } from '../run/node-options.ts';
import { REGISTER_URL } from '../run/run-command.ts';
import { type ProcessReport, REPORT_PARAMETER, readReports } from './process-report.ts';
import { ProtocolOutput } from './protocol-output.ts';

const GOODBYE_MS = 2_000;
const KILL_MS = 1_000;
const MAX_STDERR_CHARS = 8_000;

/** What came of starting a command under observation. */
export interface ProbeResult {
  /** Why it could not be started at all. */
  readonly startError: string | undefined;
  /** Answer to `initialize`: who it is and which protocol version it speaks. */
  readonly answer: { readonly name: string; readonly version: string; readonly protocolVersion: string } | undefined;
  /** The JSON-RPC error it answered with instead. */
  readonly refusal: string | undefined;
  /** First lines on stdout that are no JSON-RPC, and how many there were. */
  readonly foreignLines: readonly string[];
  readonly foreignCount: number;
  readonly stderr: string;
  /** How it ended by itself before it had answered; `undefined` when it lived. */
  readonly earlyEnd: { readonly code: number | null; readonly signal: NodeJS.Signals | null } | undefined;
  /** One per Node process the command started. */
  readonly reports: readonly ProcessReport[];
}

export interface ProbeOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** How long it may take to answer. */
  readonly timeoutMs: number;
  readonly clock?: Clock;
}

const INITIALIZE = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-06-18',
    capabilities: {},
    clientInfo: { name: 'mcp-vitals doctor', version: VERSION },
  },
};
const INITIALIZED = { jsonrpc: '2.0', method: 'notifications/initialized' };

/** Examines a command; never rejects for what the command does. */
export async function probe([command = '', ...args]: readonly string[], options: ProbeOptions): Promise<ProbeResult> {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-vitals-doctor-'));
  try {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: probeEnvironment(options.env, folder),
      stdio: ['pipe', 'pipe', 'pipe'],
      // A group of its own, so that what the command started ends with it.
      detached: process.platform !== 'win32',
    });
    const outcome = await converse(child, options.clock ?? systemClock, options.timeoutMs);
    return { ...outcome, reports: readReports(folder) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function probeEnvironment(env: ProbeOptions['env'], folder: string): Record<string, string | undefined> {
  const observer = ownFile('cli/doctor/probe-module.js');
  observer.searchParams.set(REPORT_PARAMETER, folder);
  return {
    ...environmentWithImports(env, [observer.href, REGISTER_URL]),
    MCP_VITALS_PORT: 'off',
    OTEL_TRACES_EXPORTER: 'none',
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_LOGS_EXPORTER: 'none',
  };
}

async function converse(child: ChildProcess, clock: Clock, timeoutMs: number): Promise<Omit<ProbeResult, 'reports'>> {
  const output = new ProtocolOutput();
  let stderr = '';
  let startError: string | undefined;
  let end: ProbeResult['earlyEnd'];
  const closed = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', (error) => {
      startError = error.message;
      resolve();
    });
    child.once('exit', (code, signal) => {
      end = { code, signal };
    });
  });
  const answered = new Promise<void>((resolve) => {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output.add(text);
      if (output.answerTo(INITIALIZE.id) !== undefined) resolve();
    });
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-MAX_STDERR_CHARS);
  });
  // It may close its end before it has read ours.
  child.stdin?.on('error', () => {});
  child.stdin?.write(`${JSON.stringify(INITIALIZE)}\n`);
  await Promise.race([answered, closed, elapsed(clock, timeoutMs)]);
  const message = output.answerTo(INITIALIZE.id);
  const earlyEnd = message === undefined ? end : undefined;
  if (message !== undefined) child.stdin?.write(`${JSON.stringify(INITIALIZED)}\n`);

  child.stdin?.end();
  await Promise.race([closed, elapsed(clock, GOODBYE_MS)]);
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (end !== undefined || startError !== undefined) break;
    endGroup(child, signal);
    await Promise.race([closed, elapsed(clock, KILL_MS)]);
  }
  // Something it started may hold its pipes open.
  child.stdout?.destroy();
  child.stderr?.destroy();
  output.finish();
  return {
    startError,
    answer: output.serverOf(message),
    refusal: message?.error === undefined ? undefined : JSON.stringify(message.error),
    foreignLines: output.foreignLines,
    foreignCount: output.foreignCount,
    stderr,
    earlyEnd,
  };
}

/** The child itself keeps this process alive while the timer runs. */
function elapsed(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.after(ms, resolve));
}

function endGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (process.platform === 'win32' || child.pid === undefined) child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}
