import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { QueriedSeries, RunningPrometheus } from '../../integration/prometheus/prometheus-server.ts';

/** One query of a panel as the committed dashboard has it. */
export interface PanelQuery {
  readonly dashboard: string;
  readonly title: string;
  readonly expr: string;
  readonly legend: string;
  /** What the panel says where it is empty. */
  readonly noValue: string;
}

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
  readonly fieldConfig?: { readonly defaults: { readonly noValue: string } };
}

/** Every query of every dashboard in a folder. */
export function panelQueries(folder: string): PanelQuery[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .flatMap((dashboard) => {
      const { panels } = JSON.parse(readFileSync(join(folder, dashboard), 'utf8')) as { panels: Panel[] };
      return panels.flatMap(({ title, targets = [], fieldConfig }) =>
        targets.map(({ expr, legendFormat }) => {
          return { dashboard, title, expr, legend: legendFormat, noValue: fieldConfig?.defaults.noValue ?? '' };
        }),
      );
    });
}

/** As Grafana does before it asks; `instance` is a regular expression. */
export function substituted(expr: string, instance = '.+'): string {
  return expr
    .replaceAll('$__rate_interval', '15s')
    .replaceAll('$job', '.+')
    .replaceAll('$instance', instance)
    .replaceAll('$tool', '.*');
}

/** Series with a number in them. @throws when Prometheus refuses the query */
export async function shown(prometheus: RunningPrometheus, expr: string): Promise<QueriedSeries[]> {
  const series = await prometheus.query(expr);
  if (series === undefined) throw new Error(`refused: ${expr}`);
  return series.filter(({ value }) => Number.isFinite(Number(value[1])));
}

/** Labels that come out of a query: those its outermost grouping keeps. */
function groupedBy(expr: string): string[] {
  const [, names] = /\bby \(([^)]*)\)/.exec(expr) ?? [];
  const labels = names === undefined ? [] : names.split(',').map((name) => name.trim());
  return expr.includes('histogram_quantile') ? labels.filter((name) => name !== 'le') : labels;
}

/** What is wrong with the answer to a query of a panel; `undefined` when it shows something that can be read. */
export function problemOf(series: readonly QueriedSeries[], { expr, legend }: PanelQuery): string | undefined {
  if (series.length === 0) return 'is empty';
  const inLegend = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label as string);
  const unsaid = groupedBy(expr).filter((label) => !inLegend.includes(label) && !expr.includes('count('));
  if (unsaid.length > 0) return `does not say ${unsaid.join(', ')} in its legend`;
  for (const { metric } of series) {
    const missing = inLegend.filter((label) => (metric[label] ?? '') === '');
    if (missing.length > 0) return `lacks ${missing.join(', ')} in ${JSON.stringify(metric)}`;
  }
  const names = series.map(({ metric }) => legend.replace(/\{\{(\w+)\}\}/g, (_, label: string) => metric[label] ?? ''));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  return twice === undefined ? undefined : `has two series called ${twice}`;
}
