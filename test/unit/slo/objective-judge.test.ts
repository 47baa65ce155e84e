import { describe, expect, it } from 'vitest';
import type { ObjectiveOptions } from '../../../src/config/objective-fields.ts';
import { LatencyWindows } from '../../../src/core/latency-windows.ts';
import type { ObjectiveSnapshot } from '../../../src/core/model/objective.ts';
import { STAGE_EXECUTION, STAGES } from '../../../src/semconv/stages.ts';
import { defaultObjectives } from '../../../src/slo/default-objectives.ts';
import { latencyThresholds, resolveObjectives } from '../../../src/slo/definition.ts';
import { type JudgedOperation, ObjectiveJudge } from '../../../src/slo/objective-judge.ts';
import { verifies } from '../../support/verifies.ts';

/** A judge with operations by name, whose time is told. */
class Bench {
  nowMs = 1000;
  resident = 100;
  cpuSeconds = 0;
  readonly changes: string[] = [];
  readonly judge: ObjectiveJudge;
  readonly #operations = new Map<string, JudgedOperation>();

  constructor(objectives: readonly ObjectiveOptions[], defaults: readonly ObjectiveOptions[] = []) {
    this.judge = new ObjectiveJudge({
      definitions: resolveObjectives(defaults, objectives),
      startMs: this.nowMs,
      process: () => ({ residentBytes: this.resident, cpuSeconds: this.cpuSeconds }),
      onChange: ({ id, state }) => this.changes.push(`${id} ${state}`),
    });
  }

  call(name: string, ms: number, options: { failed?: boolean; executionMs?: number } = {}): readonly string[] {
    const [method = '', tool] = name.split(' ');
    let operation = this.#operations.get(name);
    if (operation === undefined) {
      operation = this.judge.operation({ name, method, tool }, new LatencyWindows());
      this.#operations.set(name, operation);
    }
    const stages = new Float64Array(STAGES.length);
    stages[STAGE_EXECUTION] = options.executionMs ?? 0;
    const isError = options.failed ?? false;
    operation.window.windows.record(ms / 1000, this.nowMs, isError);
    return this.judge.finished(operation, ms / 1000, isError, stages, this.nowMs) ?? [];
  }

  calls(count: number, name: string, ms: number, options: { failed?: boolean; executionMs?: number } = {}): void {
    for (let call = 0; call < count; call += 1) this.call(name, ms, options);
  }

  tick(seconds = 1): void {
    for (let second = 0; second < seconds; second += 1) {
      this.nowMs += 1000;
      this.judge.tick(this.nowMs);
    }
  }

  objective(id: string): ObjectiveSnapshot | undefined {
    return this.judge.snapshot().find((candidate) => candidate.id === id);
  }
}

describe('objectives on operations', () => {
  it('are those with the most specific name, the user over the default on the same subject', () => {
    verifies('LAT-06');
    const bench = new Bench(
      [
        { tool: 'kb.*', p95: 300, success: 0.9 },
        { tool: '*', p95: 800 },
        { tool: 'kb.hybrid_search', p50: 'off' },
      ],
      defaultObjectives('production'),
    );
    for (const name of ['tools/call kb.hybrid_search', 'tools/call kb.add', 'tools/call other', 'tools/list'])
      bench.call(name, 1);
    const targets = bench.judge
      .snapshot()
      .filter(({ operation }) => operation !== undefined)
      .map(({ id, target }) => `${id}: ${target}`);
    expect(targets.sort()).toEqual([
      'tools/call kb.add p95: 0.3',
      'tools/call kb.add success: 0.9',
      'tools/call kb.hybrid_search p95: 0.2',
      'tools/call kb.hybrid_search success: 0.9',
      'tools/call other p95: 0.8',
      'tools/call other success: 0.99',
      'tools/list p95: 0.01',
    ]);
  });

  it('count each operation that misses them, and judge the window once it has enough samples', () => {
    verifies('LAT-06');
    const bench = new Bench([{ tool: 'a', p50: 10, p95: 100, success: 0.9 }]);
    expect(bench.call('tools/call a', 50)).toEqual([]);
    expect(bench.call('tools/call a', 101)).toEqual(['tools/call a p95']);
    expect(bench.call('tools/call a', 100, { failed: true })).toEqual(['tools/call a success']);
    bench.tick();
    expect(bench.objective('tools/call a p95')).toMatchObject({ state: 'unknown', observed: undefined, breaches: 1 });
    bench.calls(40, 'tools/call a', 200);
    bench.tick();
    expect(bench.objective('tools/call a p95')).toMatchObject({ state: 'breached', samples: 43, breaches: 41 });
    expect(bench.objective('tools/call a success')).toMatchObject({ state: 'met', breaches: 1 });
    expect(bench.changes).toContain('tools/call a p95 breached');
    bench.tick(70);
    expect(bench.objective('tools/call a p95')?.state).toBe('unknown');
    bench.calls(40, 'tools/call a', 5);
    bench.tick();
    expect(bench.objective('tools/call a p95')?.state).toBe('met');
    expect(bench.objective('tools/call a p50')).toMatchObject({ state: 'met', budget: undefined });
  });

  it('are told of only where there is something they concern', () => {
    const bench = new Bench([{ component: '* query', p95: 50 }], []);
    bench.tick(6);
    expect(bench.judge.snapshot()).toEqual([]);
    bench.judge.component('database query', 0.01, bench.nowMs);
    bench.tick(120);
    expect(bench.judge.snapshot()).toMatchObject([{ id: 'component * query p95', state: 'unknown' }]);
  });

  it('say how far the target is used up', () => {
    const bench = new Bench([{ tool: 'a', p95: 100, success: 0.9 }]);
    bench.calls(80, 'tools/call a', 50);
    bench.calls(20, 'tools/call a', 50, { failed: true });
    bench.tick();
    const ratio = (id: string) => bench.judge.objectives().find((objective) => objective.id === id)?.ratio;
    expect(ratio('tools/call a p95')).toBeCloseTo(0.5, 2);
    expect(ratio('tools/call a success')).toBeCloseTo(2, 6);
  });
});

describe('objectives on several operations together', () => {
  it('judge methods, the protocol, stages and components by windows of their own', () => {
    verifies('LAT-06');
    const bench = new Bench([
      { method: 'tools/*', p95: 100 },
      { method: 'protocol', p95: 5 },
      { stage: 'execution', p95: 10 },
      { tool: 'b', stage: 'execution', p99: 10 },
      { component: 'database *', p95: 20 },
    ]);
    bench.calls(100, 'tools/call a', 50, { executionMs: 5 });
    bench.calls(100, 'tools/call b', 200, { executionMs: 30 });
    bench.calls(100, 'tools/list', 1);
    for (let call = 0; call < 50; call += 1) {
      bench.judge.component('database postgresql', 0.03, bench.nowMs);
      bench.judge.component('cache redis', 9, bench.nowMs);
    }
    bench.tick();
    expect(bench.objective('method tools/* p95')).toMatchObject({ samples: 300, breaches: 100, state: 'breached' });
    expect(bench.objective('method protocol p95')).toMatchObject({ samples: 100, breaches: 0, state: 'met' });
    expect(bench.objective('stage execution p95')).toMatchObject({ samples: 300, breaches: 100, state: 'breached' });
    expect(bench.objective('tools/call b stage execution p99')).toMatchObject({ samples: 100, state: 'breached' });
    expect(bench.objective('component database * p95')).toMatchObject({ samples: 50, state: 'breached' });
    expect(bench.objective('component database * p95')?.observed).toBeCloseTo(0.03, 3);
  });
});

describe('objectives on the process', () => {
  it('judge memory, CPU and throughput', () => {
    verifies('LAT-06');
    const bench = new Bench([{ memory: 4096, cpu: 0.5, throughput: 3 }]);
    bench.resident = 5000;
    for (let second = 0; second < 60; second += 1) {
      bench.cpuSeconds += 0.8;
      bench.calls(2, 'tools/call a', 1);
      bench.tick();
    }
    expect(bench.objective('memory')).toMatchObject({ target: 4096, observed: 5000, state: 'breached' });
    expect(bench.objective('cpu')?.state).toBe('breached');
    expect(bench.objective('cpu')?.observed).toBeCloseTo(0.8, 6);
    expect(bench.objective('throughput')).toMatchObject({ state: 'breached' });
    expect(bench.objective('throughput')?.observed).toBeCloseTo(2, 1);
  });

  it('track uptime: a second in which the event loop stood still is one that was not available', () => {
    verifies('ALR-10');
    const bench = new Bench([], defaultObjectives('production'));
    bench.tick(995);
    expect(bench.objective('availability')).toMatchObject({ target: 0.999, observed: 1, samples: 995, state: 'met' });
    // A tick that comes late by less than a second is still in its second.
    bench.nowMs += 900;
    bench.tick();
    expect(bench.objective('availability')?.observed).toBe(1);
    bench.nowMs += 4100;
    bench.tick();
    const stalled = bench.objective('availability');
    expect(stalled).toMatchObject({ state: 'breached', breaches: 4 });
    expect(stalled?.observed).toBeCloseTo(1 - 4 / 1001, 5);
    expect(stalled?.budget?.remaining).toBeLessThan(0);
  });

  // A stall of a second in the first minute was reported as uptime missed a hundredfold, for a quarter of an hour.
  it('say nothing about uptime while a single lost second would decide', () => {
    verifies('ALR-10');
    const bench = new Bench([], defaultObjectives('production'));
    bench.tick(6);
    bench.nowMs += 1000;
    bench.tick();
    expect(bench.objective('availability')).toMatchObject({ observed: undefined, state: 'unknown', breaches: 1 });
    bench.tick(992);
    expect(bench.objective('availability')).toMatchObject({ samples: 1000, state: 'met' });
    bench.nowMs += 1000;
    bench.tick();
    expect(bench.objective('availability')).toMatchObject({ samples: 1002, state: 'breached' });
  });
});

describe('the thresholds of latency objectives', () => {
  it('are those of every latency target, by the instrument whose buckets they belong to', () => {
    verifies('LAT-06');
    const definitions = resolveObjectives([
      { tool: 'a', p50: 7, p95: 70 },
      { operation: 'tools/list', p95: 7 },
      { method: '*', p99: 900 },
      { stage: 'queue', p95: 3 },
      { component: 'database *', p95: 13 },
      { tool: 'b', p95: 'off', success: 0.9 },
    ]);
    expect(latencyThresholds(definitions)).toEqual({
      operation: [0.007, 0.07, 0.9],
      stage: [0.003],
      component: [0.013],
    });
  });
});
