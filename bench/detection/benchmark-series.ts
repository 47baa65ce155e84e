import { detectAnomalies } from '../../src/alerts/anomaly/detect-anomalies.ts';
import { table } from '../support/table.ts';
import { type LabelledSeries, readBenchmarkSeries } from './nab-data.ts';
import { type FlaggedSeries, nabScore } from './nab-score.ts';
import type { Section } from './section.ts';
import { TwoSigma } from './two-sigma.ts';

const MINUTES_5 = 300_000;

export type Method = (values: Float64Array) => readonly number[];

export const METHODS = {
  'mcp-vitals': (values) =>
    detectAnomalies(
      Array.from(values, (value, index) => ({ timeMs: index * MINUTES_5, value })),
      { kind: 'gauge' },
    ).raisedAt,
  'two sigma': (values) => {
    const detector = new TwoSigma();
    return [...values.keys()].filter((index) => detector.add(values[index] as number));
  },
} as const satisfies Readonly<Record<string, Method>>;

export function scoreOf(series: readonly LabelledSeries[], method: Method): number {
  const flagged = series.map(
    ({ values, windows }): FlaggedSeries => ({ length: values.length, windows, flagged: method(values) }),
  );
  return nabScore(flagged);
}

/** Figures without counts: the shared part of the Numenta Anomaly Benchmark, one configuration for every series. */
export const benchmarkSeries: Section = {
  title: 'Numenta Anomaly Benchmark, shared part: score of the standard profile (0 = silence, 100 = perfect; goal 50)',
  run() {
    const series = readBenchmarkSeries();
    if (series === undefined) return ['the series do not stand beside this checkout: not measured'];
    const groups: readonly [string, readonly LabelledSeries[]][] = [
      ['all', series],
      ['services', series.filter(({ isService }) => isService)],
      ['others', series.filter(({ isService }) => !isService)],
    ];
    const rows = Object.entries(METHODS).map(([name, method]) => [
      name,
      ...groups.map(([, group]) => scoreOf(group, method).toFixed(1)),
    ]);
    return table([['method', ...groups.map(([name, group]) => `${name} (${group.length})`)], ...rows]);
  },
};
