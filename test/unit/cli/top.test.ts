import { describe, expect, it } from 'vitest';
import { run } from '../../../src/cli/cli.ts';
import type { CliIo, Terminal } from '../../../src/cli/io.ts';
import { topScreen } from '../../../src/cli/top/screen.ts';
import { topCommand } from '../../../src/cli/top/top-command.ts';
import type { OperationSnapshot, Snapshot } from '../../../src/core/model/snapshot.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { createEndpoint, temporaryDirectory } from '../status/endpoint.ts';
import { SNAPSHOT } from '../status/snapshot.ts';
import { capturedIo } from './captured-io.ts';

function operation(name: string, seconds: number, count: number, errors: number): OperationSnapshot {
  const estimate = (quantile: number) => ({
    quantile,
    seconds,
    lowSeconds: undefined,
    highSeconds: undefined,
    samples: count,
  });
  return {
    name,
    method: 'tools/call',
    target: undefined,
    count,
    errors,
    errorTypes: {},
    latency: {
      count,
      windowSeconds: 60,
      mean: seconds,
      min: seconds,
      max: seconds,
      quantiles: [0.5, 0.95, 0.99].map(estimate),
    },
    active: 0,
    peak: 1,
    ratePerSecond: count / 60,
    stages: [
      { stage: 'queue', count, totalSeconds: 0.1 * seconds * count },
      { stage: 'execution', count, totalSeconds: 0.9 * seconds * count },
    ],
  };
}

const BUSY: Snapshot = {
  ...SNAPSHOT,
  operations: [operation('tools/call often', 0.001, 600, 0), operation('tools/call slow\u001b[2J', 0.2, 30, 3)],
};

async function serve(discoveryDir: string, token?: string): Promise<string> {
  const sources = { metricsText: async () => '', snapshot: () => BUSY, summaryText: () => '' };
  return (await createEndpoint({ discoveryDir, sources, token }).server.start())?.url ?? '';
}

const namesIn = (lines: readonly string[]): string[] =>
  lines.flatMap((line) => /^tools\/call (\w+)/.exec(line)?.[1] ?? []);

describe('the screen of mcp-vitals top', () => {
  it('has the operations in the wanted order, each with its stages, and nothing that steers the terminal', () => {
    const all = { columns: 120, rows: 40 };
    expect(namesIn(topScreen(BUSY, 'time', all))).toEqual(['slow', 'often']);
    expect(namesIn(topScreen(BUSY, 'rate', all))).toEqual(['often', 'slow']);
    expect(namesIn(topScreen(BUSY, 'errors', all))).toEqual(['slow', 'often']);
    expect(namesIn(topScreen(BUSY, 'p95', all))).toEqual(['slow', 'often']);
    const slow = topScreen(BUSY, 'time', all).find((line) => line.includes('slow'));
    expect(slow).toMatch(/slow\?\[2J +30 +0\.5 +10\.0 % +200\.0 ms +200\.0 ms +200\.0 ms {2}qq█{18}$/);
  });

  it('fits the terminal', () => {
    const lines = topScreen(
      { ...BUSY, operations: Array.from({ length: 90 }, (_, at) => operation(`t${at}`, 1, 1, 0)) },
      'time',
      {
        columns: 40,
        rows: 12,
      },
    );
    expect(lines.length).toBeLessThanOrEqual(12);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(40);
    expect(lines.at(-1)).toMatch(/^… \d+ more$/);
  });
});

describe('mcp-vitals top', () => {
  it('prints the figures once where there is no terminal, of a server found by name or given by address', async () => {
    const dir = temporaryDirectory();
    const url = await serve(dir, 's3cret');
    for (const wanted of [[], ['kb'], [String(process.pid)], [url]]) {
      const io = capturedIo();
      expect(await run(['top', ...wanted, '--dir', dir, '--token', 's3cret'], io)).toBe(0);
      expect(namesIn(io.out().split('\n'))).toEqual(['slow', 'often']);
    }
    const without = capturedIo();
    expect(await run(['top', url], without)).toBe(1);
    expect(without.err()).toContain('it asks for a token');
  });

  it('says which servers there are when it is not clear which is meant, or that there is none', async () => {
    const dir = temporaryDirectory();
    const none = capturedIo();
    expect(await run(['top', '--dir', dir], none)).toBe(1);
    expect(none.err()).toContain('no monitored server');
    const urls = [await serve(dir), await serve(dir)];
    const several = capturedIo();
    expect(await run(['top', '--dir', dir], several)).toBe(1);
    for (const url of urls) expect(several.err()).toContain(url);
  });

  it('draws once a second on a terminal, sorts by keys, waits for a server that is away, and leaves on q', async () => {
    const url = await serve(temporaryDirectory());
    const clock = new FakeClock();
    const screens: (readonly string[])[] = [];
    let press: (key: string) => void = () => {};
    let closed = 0;
    const terminal: Terminal = {
      columns: () => 120,
      rows: () => 30,
      draw: (lines) => screens.push(lines),
      onKey: (listener) => {
        press = listener;
      },
      close: () => {
        closed += 1;
      },
    };
    const io: CliIo = { ...capturedIo(), openTerminal: () => terminal };
    const input = { flags: new Set<string>(), values: new Map<string, string>(), positionals: [url], program: [] };
    const done = topCommand(input, io, clock);
    await expect.poll(() => namesIn(screens.at(-1) ?? [])).toEqual(['slow', 'often']);
    press('r');
    expect(namesIn(screens.at(-1) ?? [])).toEqual(['often', 'slow']);
    const drawn = screens.length;
    clock.advance(1_000);
    await expect.poll(() => screens.length).toBeGreaterThan(drawn);
    press('q');
    expect(await done).toBe(0);
    expect(closed).toBe(1);
    const away = topCommand({ ...input, positionals: ['http://127.0.0.1:1'] }, io, clock);
    await expect.poll(() => screens.at(-1)?.[0]).toContain('it does not answer');
    press('\u0003');
    expect(await away).toBe(0);
  });
});
