import { describe, expect, test } from 'vitest';
import { dashboardFiles } from '../../../src/rules/grafana/dashboards.ts';
import { defaultObjectives } from '../../../src/slo/default-objectives.ts';
import { resolveObjectives } from '../../../src/slo/definition.ts';

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: { readonly uid: string };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly {
    readonly expr: string;
    readonly legendFormat: string;
    readonly datasource: { readonly uid: string };
  }[];
  readonly fieldConfig?: { readonly defaults: { readonly unit: string; readonly noValue: string } };
}

interface Dashboard {
  readonly uid: string;
  readonly editable: boolean;
  readonly panels: readonly Panel[];
  readonly templating: {
    readonly list: readonly {
      readonly name: string;
      readonly type: string;
      readonly refresh: number;
      readonly allValue?: string;
    }[];
  };
}

const DATASOURCE = ['$', '{datasource}'].join('');

const files = dashboardFiles(resolveObjectives(defaultObjectives('production')));
const dashboards = files.map(({ text }) => JSON.parse(text) as Dashboard);
const panels = dashboards.flatMap((dashboard) => dashboard.panels.filter(({ type }) => type !== 'row'));
const queries = panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr })));

test.each(files)('the dashboard $name is the one in the collector folder', async ({ name, text }) => {
  await expect(text).toMatchFileSnapshot(`../../../collector/grafana/dashboards/${name}`);
});

describe("the rules of Grafana's dashboard-linter", () => {
  test('template-datasource, template-job, template-instance, template-on-time-change-reload', () => {
    for (const { templating } of dashboards) {
      expect(templating.list.map(({ name }) => name)).toEqual(['datasource', 'job', 'instance', 'tool']);
      for (const variable of templating.list.filter(({ type }) => type === 'query')) expect(variable.refresh).toBe(2);
      for (const { allValue } of templating.list.slice(1, 3)) expect(allValue).toBe('.+');
    }
  });

  test('panel-datasource, panel-title-description, panel-units, panel-no-targets, uneditable-dashboard', () => {
    expect(dashboards.map(({ editable }) => editable)).toEqual([false, false, false]);
    expect(panels.length).toBeGreaterThan(40);
    for (const { title, description = '', datasource, targets = [], fieldConfig } of panels) {
      expect(title).not.toBe('');
      expect(description.length, title).toBeGreaterThan(10);
      expect(datasource?.uid, title).toBe(DATASOURCE);
      expect(targets.length, title).toBeGreaterThan(0);
      expect(targets.every((target) => target.datasource.uid === DATASOURCE && target.legendFormat !== '')).toBe(true);
      expect(fieldConfig?.defaults.unit, title).toMatch(/^(s|short|percentunit|reqps|ops|bytes|Bps)$/);
      expect(fieldConfig?.defaults.noValue).toMatch(/^no data/);
    }
  });

  test('target-job-rule, target-instance-rule: every selector is of the chosen servers; recorded series have no instance', () => {
    for (const { title, expr } of queries) {
      for (const [whole, metric = ''] of expr.matchAll(/([a-zA-Z_:][a-zA-Z0-9_:]*)\{[^}]*\}/g)) {
        expect(whole, title).toContain('job=~"$job"');
        if (!metric.startsWith('mcp_vitals:')) expect(whole, title).toContain('instance=~"$instance"');
      }
    }
  });

  test('target-rate-interval-rule, target-counter-agg-rule: rates over $__rate_interval, of counters only', () => {
    for (const { title, expr } of queries) {
      for (const [, interval] of expr.matchAll(/\[([^\]]+)\]/g)) expect(interval, title).toBe('$__rate_interval');
      for (const [, metric = ''] of expr.matchAll(/(?:rate|increase)\(([a-zA-Z0-9_]+)/g)) {
        expect(metric, title).toMatch(/_(total|bucket|sum|count)$/);
      }
    }
  });
});

describe('the layout of the dashboards', () => {
  test('has no overlaps and nothing beyond the 24 columns, ids once, and rows above their panels', () => {
    for (const { panels: all } of dashboards) {
      expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
      const taken = new Set<string>();
      for (const { gridPos, title } of all) {
        expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
        for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
          for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
            expect(taken.has(`${x},${y}`), title).toBe(false);
            taken.add(`${x},${y}`);
          }
        }
      }
    }
  });
});
