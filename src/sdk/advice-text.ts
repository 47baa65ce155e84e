import { healthLine } from '../alerts/health/assess-health.ts';
import type { Snapshot } from '../core/model/snapshot.ts';

/** Health, what to do, where things are heading and how many replicas it takes; nothing where none of it is known. */
export function adviceLines({ health, trends = [], scaling }: Snapshot): string[] {
  const lines: string[] = [];
  if (health !== undefined) {
    lines.push('', healthLine(health));
    const rows = [
      ...health.issues.map(({ component, deduction, evidence, recommendation }) => [
        `−${deduction}`,
        component,
        // Said once: the recommendations below carry it.
        health.recommendations.some(({ advice }) => advice === recommendation)
          ? evidence
          : `${evidence}. ${recommendation}`,
      ]),
      ...health.recommendations.map(({ severity, culprit, evidence, advice, share, withoutSeconds, operation }) => [
        severity,
        `${culprit} ${(share * 100).toFixed(0)} %`,
        `${operation === undefined ? '' : `${operation}: `}${evidence}` +
          `${withoutSeconds === undefined ? '' : `; without it ${(withoutSeconds * 1000).toPrecision(3)} ms`}. ${advice}`,
      ]),
    ];
    lines.push(...aligned(rows));
  }
  const known = trends.filter(({ direction }) => direction !== 'unknown');
  if (known.length > 0) {
    lines.push(
      '',
      'trends of the last hour',
      ...aligned(known.map((trend) => [trend.figure, trend.direction, trend.evidence])),
    );
  }
  if (scaling !== undefined) {
    lines.push(
      '',
      `replicas ${scaling.replicasNow} for the load now, ${scaling.replicas} in ${scaling.horizonMinutes} min: ${scaling.evidence}`,
    );
  }
  return lines;
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = [0, 1].map((column) => Math.max(0, ...rows.map((cells) => (cells[column] ?? '').length)));
  return rows.map(([first = '', second = '', third = '']) =>
    `  ${first.padEnd(widths[0] ?? 0)}  ${second.padEnd(widths[1] ?? 0)}  ${third}`.trimEnd(),
  );
}
