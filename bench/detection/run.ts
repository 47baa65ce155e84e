/**
 * How well trouble is found, on seeded streams and labelled series: `npm run bench:detection [-- --quick]`. Deterministic: no time
 * is measured, so the load of the machine does not matter.
 */
import { parseArgs } from 'node:util';
import { benchmarkSeries } from './benchmark-series.ts';
import { errorBudgets } from './error-budgets.ts';
import { latencyStreams } from './latency-streams.ts';
import type { Section } from './section.ts';

const SECTIONS: readonly Section[] = [benchmarkSeries, errorBudgets, latencyStreams];

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
for (const { title, run } of SECTIONS) console.log(`\n${[title, '', ...run(values.quick)].join('\n')}`);
