import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { LatencyWindows } from '../../../src/core/latency-windows.ts';
import { fleetRules, ruleFileText } from '../../../src/rules/prometheus/rule-file.ts';
import { resolveObjectives } from '../../../src/slo/definition.ts';
import { ObjectiveJudge } from '../../../src/slo/objective-judge.ts';
import { verifies } from '../../support/verifies.ts';
import { promtool } from './promtool.ts';

const TIERS = ['14.4x', '6x', '3x', '1x'];
/** An in-process verdict counts where it has been the same for so long before and after: the fleet looks every 30 s to 2 min. */
const SETTLED_MINUTES = 8;

/** Minutes of traffic, and the shares of operations in it that are slow and that fail. */
const PHASES = [
  { minutes: 30, slow: 0.01, failed: 0.0005 },
  { minutes: 40, slow: 0.9, failed: 0.3 },
  { minutes: 50, slow: 0.01, failed: 0.0005 },
  { minutes: 60, slow: 0.02, failed: 0.1 },
  { minutes: 60, slow: 0.01, failed: 0 },
  { minutes: 120, slow: 0.3, failed: 0.045 },
  { minutes: 60, slow: 0, failed: 0 },
];

/** The same sequence of numbers from 0 to 1 in every run (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Replay {
  /** Burning tiers after each minute, by objective and tier. */
  readonly verdicts: ReadonlyMap<string, readonly boolean[]>;
  /** Totals after each minute. */
  readonly counts: readonly {
    readonly good: number;
    readonly goodFast: number;
    readonly failed: number;
    readonly failedFast: number;
  }[];
}

/** Files every operation with the judge of the process and counts it as the histogram does. */
function replay(judge: ObjectiveJudge): Replay {
  const random = randomFrom(20_261_121);
  const operation = judge.operation(
    { name: 'tools/call kb.search', method: 'tools/call', tool: 'kb.search' },
    new LatencyWindows(),
  );
  const verdicts = new Map<string, boolean[]>();
  const counts = [{ good: 0, goodFast: 0, failed: 0, failedFast: 0 }];
  let nowMs = 0;
  for (const { minutes, slow, failed } of PHASES) {
    for (let minute = 0; minute < minutes; minute += 1) {
      const total = { ...(counts.at(-1) ?? { good: 0, goodFast: 0, failed: 0, failedFast: 0 }) };
      for (let second = 0; second < 60; second += 1) {
        nowMs += 1000;
        for (let call = 0; call < 2; call += 1) {
          const isSlow = random() < slow;
          const isError = random() < failed;
          judge.finished(operation, isSlow ? 0.4 : 0.05, isError, undefined, nowMs);
          if (isError) total.failed += 1;
          else total.good += 1;
          if (!isSlow) total[isError ? 'failedFast' : 'goodFast'] += 1;
        }
        if (nowMs % 5000 === 0) judge.evaluate(nowMs);
      }
      counts.push(total);
      for (const { id, budget } of judge.objectives()) {
        for (const { tier, burning } of budget?.verdicts() ?? []) {
          const key = `${id}|${tier}`;
          verdicts.set(key, [...(verdicts.get(key) ?? []), burning]);
        }
      }
    }
  }
  return { verdicts, counts };
}

function settled(verdicts: readonly boolean[], minute: number): boolean | undefined {
  const around = verdicts.slice(Math.max(0, minute - SETTLED_MINUTES), minute + SETTLED_MINUTES);
  return around.every((verdict) => verdict === around[0]) ? around[0] : undefined;
}

describe('the verdicts of process and fleet on the same traffic', () => {
  verifies('ALR-09');

  test('are the same for every objective and tier, in the engine of a real Prometheus', {
    timeout: 300_000,
  }, async () => {
    const definitions = resolveObjectives([
      { tool: 'kb.search', p95: 200, success: 0.99 },
      { tool: '*', p99: 200 },
    ]);
    const judge = new ObjectiveJudge({ definitions, startMs: 0, process: () => ({ residentBytes: 0, cpuSeconds: 0 }) });
    const { verdicts, counts } = replay(judge);

    const table: string[] = ['objective                       tier   burning  quiet  unsettled'];
    const tests = [...verdicts].flatMap(([key, verdict]) => {
      const [id = '', tier = ''] = key.split('|');
      if (!TIERS.includes(tier)) return [];
      const expr = `count(mcp_vitals:objective_burning:tier{mcp_vitals_objective=${JSON.stringify(id)}, mcp_vitals_tier="${tier}"})`;
      const seen = { burning: 0, quiet: 0, unsettled: 0 };
      const checks = verdict.flatMap((_, index) => {
        const minute = index + 1;
        if (minute % 3 !== 0) return [];
        const burning = settled(verdict, index);
        seen[burning === undefined ? 'unsettled' : burning ? 'burning' : 'quiet'] += 1;
        if (burning === undefined) return [];
        return [{ expr, eval_time: `${minute}m`, exp_samples: burning ? [{ labels: '{}', value: 1 }] : [] }];
      });
      const figures = [seen.burning, seen.quiet, seen.unsettled].map((count) => String(count).padStart(7));
      table.push(`${id.padEnd(31)} ${tier.padEnd(6)} ${figures.join('  ')}`);
      return checks;
    });
    process.stderr.write(`${table.join('\n')}\n`);
    // Each tier is seen burning and quiet.
    for (const tier of TIERS) {
      const of = [...verdicts].filter(([key]) => key.endsWith(`|${tier}`)).flatMap(([, verdict]) => verdict);
      expect(new Set(of).size, tier).toBe(2);
    }

    const folder = mkdtempSync(join(tmpdir(), 'mcp-vitals-agreement-'));
    try {
      writeFileSync(join(folder, 'rules.yml'), ruleFileText(fleetRules({ definitions, rules: [], job: 'mcp-vitals' })));
      const labels = 'job="mcp-vitals", instance="a", mcp_method_name="tools/call", gen_ai_tool_name="kb.search"';
      const name = 'mcp_server_operation_duration_seconds';
      const series = (part: string, extra: string, figure: keyof (typeof counts)[number]) => ({
        series: `${name}_${part}{${labels}${extra}}`,
        values: counts.map((row) => row[figure]).join(' '),
      });
      const failed = ', error_type="tool_error"';
      const group = {
        interval: '1m',
        input_series: [
          series('count', '', 'good'),
          series('count', failed, 'failed'),
          series('bucket', ', le="0.2"', 'goodFast'),
          series('bucket', `${failed}, le="0.2"`, 'failedFast'),
        ],
        promql_expr_test: tests,
      };
      const file = { rule_files: ['rules.yml'], evaluation_interval: '30s', tests: [group] };
      writeFileSync(join(folder, 'tests.yml'), stringify(file, { aliasDuplicateObjects: false }));
      const { output } = await promtool('test', 'rules', join(folder, 'tests.yml'));
      expect(output).not.toContain('FAILED');
      expect(output).toContain('SUCCESS');
      expect(tests.length).toBeGreaterThan(500);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
