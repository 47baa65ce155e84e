import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { Build } from '../support/build.ts';
import { Child } from '../support/child.ts';
import { PipeTransport } from '../support/pipe-transport.ts';
import type { Surroundings } from '../support/surroundings.ts';
import { type Row, SINK } from './rows.ts';

export const TRANSPORTS = ['in-process', 'stdio'] as const;
export type TransportName = (typeof TRANSPORTS)[number];

/** One round of one row: middle call duration as the client sees it, CPU of the measured process per call. */
export interface Round {
  readonly p50Us: number;
  readonly cpuUs: number;
}

/** The parts of V8's CPU profile that are read here. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  /** Microseconds between a sample and the one before it. */
  readonly timeDeltas: readonly number[];
}

/** A running process of one row, kept for many rounds. */
export interface Subject {
  run(calls: number): Promise<Round>;
  /** Runs `calls` under the CPU profiler of V8. */
  profile(calls: number, intervalUs: number): Promise<CpuProfile>;
  /** Calls it has measured, the first one included; `undefined` for a row that measures nothing or by itself. */
  recorded(): Promise<number | undefined>;
  /** Telemetry the product had to drop so far, by reason. */
  dropped(): Promise<Readonly<Record<string, number>>>;
  close(): Promise<void>;
}

export interface SubjectOptions {
  readonly row: Row;
  readonly transport: TransportName;
  /** Node binary. */
  readonly node: string;
  readonly build: Build;
  readonly surroundings: Surroundings;
}

const REQUEST = { name: 'echo', arguments: { text: 'hello' } };

/** Starts a row; resolves when everything it loads late is loaded. */
export async function startSubject(options: SubjectOptions): Promise<Subject> {
  const { row, surroundings, transport } = options;
  const build = row.build ?? options.build;
  const script = transport === 'stdio' ? 'stdio-server' : 'in-process';
  const rowEnv = Object.entries(row.env).map(([name, value]) => [name, value === SINK ? surroundings.sinkUrl : value]);
  const child = Child.spawn({
    node: options.node,
    args: [
      ...(row.underLoader ? build.importFlags : []),
      fileURLToPath(new URL(`./children/${script}.mjs`, import.meta.url)),
      row.id,
      build.folder,
    ],
    env: { ...(row.underLoader ? surroundings.env : {}), ...Object.fromEntries(rowEnv) },
    piped: transport === 'stdio',
  });
  try {
    await child.first();
    const run = transport === 'stdio' ? await stdioRun(child) : inProcessRun(child);
    return {
      run,
      async profile(calls, intervalUs) {
        await child.ask('profileStart', { intervalUs });
        await run(calls);
        return child.ask<CpuProfile>('profileStop');
      },
      recorded: () => child.ask('recorded'),
      dropped: () => child.ask('dropped'),
      close: () => child.kill(),
    };
  } catch (error) {
    await child.kill();
    throw error;
  }
}

function inProcessRun(child: Child): Subject['run'] {
  return (calls) => child.ask<Round>('run', { calls });
}

async function stdioRun(child: Child): Promise<Subject['run']> {
  const client = new Client({ name: 'ladder', version: '1.0.0' });
  await client.connect(new PipeTransport(child));
  await client.callTool(REQUEST);
  await child.ask('started');
  return async (calls) => {
    const elapsedMs = new Float64Array(calls);
    const cpuFromUs = await child.ask<number>('cpu');
    for (let call = 0; call < calls; call += 1) {
      const from = performance.now();
      await client.callTool(REQUEST);
      elapsedMs[call] = performance.now() - from;
    }
    const cpuUs = ((await child.ask<number>('cpu')) - cpuFromUs) / calls;
    return { p50Us: (elapsedMs.sort()[calls >> 1] ?? Number.NaN) * 1000, cpuUs };
  };
}
