import { describe, expect, it } from 'vitest';
import type { OperationSnapshot, Snapshot } from '../../../src/core/model/snapshot.ts';
import { OperationEntry } from '../../../src/mcp/operation-entry.ts';
import { Recorder } from '../../../src/mcp/recorder.ts';
import { takeSnapshot } from '../../../src/sdk/snapshot.ts';
import { formatSeconds, formatSummary } from '../../../src/sdk/summary-text.ts';
import { verifies } from '../../support/verifies.ts';

const SERVICE = { name: 'kb', version: '2.0.0', instanceId: 'i' };

function operation(name: string, overrides: Partial<OperationSnapshot> = {}): OperationSnapshot {
  const quantiles = [0.5, 0.95, 0.99].map((quantile) => ({
    quantile,
    seconds: quantile === 0.99 ? undefined : quantile / 10,
    lowSeconds: undefined,
    highSeconds: undefined,
    samples: 40,
  }));
  return {
    name,
    method: 'tools/call',
    target: name,
    count: 40,
    errors: 10,
    errorTypes: { tool_error: 10 },
    active: 0,
    peak: 3,
    ratePerSecond: 2,
    latency: { count: 40, windowSeconds: 60, mean: 0.05, min: 0.01, max: 0.1, quantiles },
    stages: [
      { stage: 'queue', count: 40, totalSeconds: 0.5 },
      { stage: 'execution', count: 40, totalSeconds: 1.5 },
    ],
    ...overrides,
  };
}

function snapshot(operations: readonly OperationSnapshot[], overrides: Partial<Snapshot> = {}): Snapshot {
  return {
    schemaVersion: 1,
    timestamp: 0,
    service: SERVICE,
    windowSeconds: 60,
    operations,
    requests: { active: 1, peak: 4, queued: 0 },
    sessions: { active: 1, started: 2 },
    process: undefined,
    dropped: {},
    ...overrides,
  };
}

describe('the summary for people', () => {
  it('shows count, error rate, percentiles with their sample size and the dominant stage of each operation', () => {
    verifies('DSH-06');
    const line = formatSummary(snapshot([operation('tools/call search')]))
      .split('\n')
      .find((candidate) => candidate.startsWith('tools/call search'));
    expect(line?.split(/ {2,}/)).toEqual([
      'tools/call search',
      '40',
      '25.0 %',
      '50.0 ms',
      '95.0 ms',
      '–',
      '40',
      'execution 75 %',
    ]);
  });

  it('aligns every column whatever the lengths of the names', () => {
    const text = formatSummary(snapshot([operation('a'), operation('b'.repeat(100)), operation('a longer name')]));
    const rows = text.split('\n').filter((line) => line.includes('execution 75 %'));
    expect(rows).toHaveLength(3);
    expect(new Set(rows.map((row) => row.indexOf('execution'))).size).toBe(1);
    expect(Math.max(...rows.map((row) => row.length))).toBeLessThan(130);
  });

  it('shows what the process asks of others in a table of its own, without stages', () => {
    const sent = { ...operation('tools/call remote'), stages: [] };
    const client = { operations: [sent], requests: { active: 2, peak: 5 }, sessions: { active: 1, started: 3 } };
    const text = formatSummary(snapshot([operation('tools/call search')], { client }));
    const [served, asked] = text.split('asked of others') as [string, string];
    expect(served).toContain('tools/call search');
    expect(served).not.toContain('remote');
    const line = asked.split('\n').find((candidate) => candidate.startsWith('tools/call remote'));
    expect(line?.split(/ {2,}/)).toEqual(['tools/call remote', '40', '25.0 %', '50.0 ms', '95.0 ms', '–', '40']);
    expect(asked).toContain('requests waiting for an answer 2 (peak 5); client sessions 1 open, 3 started');
    expect(formatSummary(snapshot([]))).not.toContain('asked of others');
  });

  it('says what telemetry was lost, and nothing when none was', () => {
    expect(formatSummary(snapshot([], { dropped: { 'traces queue_full': 3 } }))).toContain(
      'telemetry lost: traces queue_full 3',
    );
    expect(formatSummary(snapshot([], { dropped: { 'traces queue_full': 0 } }))).not.toContain('lost');
  });

  it('shows an operation without a finished call without inventing figures', () => {
    const idle = operation('tools/call waiting', {
      count: 0,
      errors: 0,
      stages: [],
      latency: { count: 0, windowSeconds: 60, mean: undefined, min: undefined, max: undefined, quantiles: [] },
    });
    const line = formatSummary(snapshot([idle]))
      .split('\n')
      .find((candidate) => candidate.includes('waiting'));
    expect(line?.split(/ {2,}/)).toEqual(['tools/call waiting', '0', '–', '–', '–', '–', '0', '–']);
  });

  it.each([
    [undefined, '–'],
    [0.0000125, '13 µs'],
    [0.00123, '1.23 ms'],
    [0.0123, '12.3 ms'],
    [1.234, '1.23 s'],
  ])('writes %s seconds as %s', (seconds, text) => {
    expect(formatSeconds(seconds)).toBe(text);
  });
});

describe('a snapshot', () => {
  it('of a recorder without operations is empty and serialisable', () => {
    const recorder = new Recorder({ now: () => 5_000 });
    const taken = takeSnapshot({ recorder, service: SERVICE, dropped: {}, timestamp: 1 });
    expect(JSON.parse(JSON.stringify(taken))).toMatchObject({ schemaVersion: 1, operations: [], windowSeconds: 60 });
  });

  it('names an operation by its method and the tool or prompt it addresses', () => {
    const options = { boundaries: [1], windowMs: 60_000 };
    expect(new OperationEntry('tools/call', 'tool', 'kb.search', options).name).toBe('tools/call kb.search');
    expect(new OperationEntry('ping', undefined, undefined, options).name).toBe('ping');
  });
});
