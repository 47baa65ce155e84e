import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seededDraws } from '../../../bench/detection/random.ts';
import { run } from '../../../src/cli/cli.ts';
import { capturedIo } from './captured-io.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'mcp-vitals-detect-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** Latencies in milliseconds at about 2 requests/s for 30 minutes; from minute 20 on they take three times as long. */
function latencies(): string {
  const draws = seededDraws(3);
  const lines = ['time,latency'];
  for (let second = draws.interval(2); second < 1800; second += draws.interval(2)) {
    const factor = second > 1200 ? 3 : 1;
    lines.push(`${(1_760_000_000 + second).toFixed(3)},${(40 * factor * Math.exp(0.4 * draws.normal())).toFixed(2)}`);
  }
  return lines.join('\n');
}

function file(name: string, text: string): string {
  const path = join(dir, name);
  writeFileSync(path, text);
  return path;
}

describe('mcp-vitals detect', () => {
  test('names since when raw latencies are unusual, what was expected and what was seen', async () => {
    const io = capturedIo();
    const path = file('latencies.csv', latencies());
    expect(await run(['detect', path, '--unit', 'ms', '--json'], io)).toBe(0);
    const report = JSON.parse(io.out()) as { kind: string; findings: Record<string, number & string>[] };
    expect(report.kind).toBe('latency');
    expect(report.findings).toHaveLength(1);
    const [finding] = report.findings;
    expect(finding).toMatchObject({ kind: 'anomaly', channel: 'level', subject: path });
    expect(finding?.['since']).toBeGreaterThan(1_760_001_190_000);
    expect(finding?.['since']).toBeLessThan(1_760_001_230_000);
    expect(finding?.['expected']).toBeCloseTo(0.04, 2);
    expect(finding?.['observed']).toBeGreaterThan(0.1);
  });

  test('tells figures at regular times from requests, and prints one line a finding', async () => {
    const io = capturedIo();
    const draws = seededDraws(5);
    const values = Array.from({ length: 400 }, (_, at) => 50 + draws.normal() + (at > 350 && at < 360 ? 40 : 0));
    const rows = values.map((value, at) => `2026-03-01 ${clockTime(at)},${value.toFixed(2)}`);
    expect(await run(['detect', file('gauge.csv', rows.join('\n')), '--exit-code'], io)).toBe(1);
    expect(io.out()).toMatch(
      /^400 rows read as figures at regular times, 1 findings:\n {2}2026-03-01T05:51:00\.000Z {2}gauge: /,
    );
  });

  test('takes rows that a load generator sent twice a second for requests, however regular they are', async () => {
    const io = capturedIo();
    const draws = seededDraws(9);
    const rows = Array.from(
      { length: 1200 },
      (_, at) => `${at / 2},${(0.05 * Math.exp(0.4 * draws.normal())).toFixed(4)}`,
    );
    expect(await run(['detect', file('paced.csv', rows.join('\n'))], io)).toBe(0);
    expect(io.out()).toBe('1200 rows read as latencies of single requests: nothing unusual\n');
  });

  test('says plainly that nothing is unusual, and how many lines were no rows', async () => {
    const io = capturedIo();
    const path = file('calm.csv', ['value', '0.05', 'oops', '0.05', ''].join('\n'));
    expect(await run(['detect', path, '--exit-code'], io)).toBe(0);
    expect(io.out()).toBe('2 rows read as latencies of single requests: nothing unusual\n');
    expect(io.err()).toContain('1 lines of');
  });

  test.each([
    [[], 'name the file'],
    [['/nowhere/at/all.csv'], 'cannot be read'],
    [['x.csv', '--kind', 'both'], '--kind is latency or gauge'],
    [['x.csv', '--unit', 'h'], '--unit is one of s, ms, us, ns'],
  ])('answers %j with one sentence and the exit code of misuse', async (args, message) => {
    const io = capturedIo();
    expect(await run(['detect', ...args], io)).toBe(2);
    expect(io.err()).toContain(message);
  });
});

function clockTime(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}:00`;
}
