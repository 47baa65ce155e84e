import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { fleetSource } from '../../../src/cli/rules/rules-command.ts';
import { loadConfig, type VitalsOptions } from '../../../src/config/index.ts';
import { createDiag } from '../../../src/core/diag.ts';
import { ruleTestText } from '../../../src/rules/prometheus/promtool-cases.ts';
import { fleetRules, ruleFileText } from '../../../src/rules/prometheus/rule-file.ts';

interface RuleFile {
  readonly groups: readonly { readonly rules: readonly { readonly alert?: string; readonly expr: string }[] }[];
}

async function sourceOf(code: VitalsOptions = {}): Promise<ReturnType<typeof fleetSource>> {
  const diag = createDiag({ level: 'off', sink: () => {} });
  const { values } = await loadConfig({ env: {}, cwd: import.meta.dirname, diag, code });
  return fleetSource(values);
}

describe('the Prometheus rules of the default objectives', () => {
  test('are the file in the collector folder', async () => {
    const text = ruleFileText(fleetRules(await sourceOf()));
    await expect(text).toMatchFileSnapshot('../../../collector/prometheus/rules/mcp-vitals.yml');
  });

  test('have the unit tests promtool is given', async () => {
    const text = ruleTestText(await sourceOf(), '../../../collector/prometheus/rules/mcp-vitals.yml');
    await expect(text).toMatchFileSnapshot('../../golden/rules/mcp-vitals.test.yml');
  });

  test('record nothing twice under the same labels', async () => {
    const { groups } = fleetRules(await sourceOf());
    const records = groups.flatMap(({ rules }) =>
      rules.flatMap((rule) => ('record' in rule ? JSON.stringify([rule.record, rule.labels]) : [])),
    );
    expect(new Set(records).size).toBe(records.length);
  });
});

describe('rules that were written for a server', () => {
  test('are alerts on its own metrics, and one whose Prometheus name cannot be known is named', async () => {
    const rules = fleetRules(
      await sourceOf({
        rules: [
          {
            name: 'backlog',
            metric: 'import_backlog',
            by: ['queue'],
            operator: '>',
            threshold: 10,
            message: '{queue}: {value} in {window}, {attributes}',
          },
          { name: 'unknown-unit', metric: 'my.queue.size', operator: '>', threshold: 1 },
        ],
      }),
    );
    expect(rules.leftOut).toEqual(['unknown-unit']);
    const text = ruleFileText(rules);
    expect(text).toContain('# Left out, name its metric as Prometheus does: "unknown-unit"');
    const alerts = (parse(text) as RuleFile).groups.flatMap((group) => group.rules);
    expect(alerts.find(({ alert }) => alert === 'McpBacklog')).toMatchObject({
      expr: 'sum by (job, service, instance, queue) (import_backlog) > 10',
      annotations: {
        summary:
          '{{ $labels.instance }}: {{ $labels.queue }}: {{ $value | humanize }} in 2m, queue={{ $labels.queue }}',
      },
    });
  });
});
