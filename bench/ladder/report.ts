import type { Spread } from '../support/statistics.ts';
import { signed, table } from '../support/table.ts';
import { type Ladder, type LadderRow, MEASURES, type Measure, type Verdict } from './comparison.ts';
import { EVERYTHING, STORAGE } from './rows.ts';

const MEASURE_NAMES: Readonly<Record<Measure, string>> = { p50Us: 'p50', cpuUs: 'CPU' };
/** NFR-01. */
const CPU_LIMIT_US = 20;

/** The table of one run, with what it means below. */
export function formatLadder(ladder: Ladder, verdicts: readonly Verdict[]): string {
  const [bare, ...others] = ladder.rows;
  if (bare === undefined) return '';
  const lines = [
    `${ladder.transport === 'stdio' ? 'Over stdio (CPU of the server)' : 'In process (caller and server)'}, Node ${ladder.nodeVersion}, µs a call`,
    ...table([
      ['', 'p50 added', 'IQR', 'CPU added', 'IQR', 'p50 / hand-rolled', 'CPU / hand-rolled'],
      [bare.row.title, absolute(bare.absolute.p50Us), '', absolute(bare.absolute.cpuUs), '', '', ''],
      ...others.map(cells),
    ]),
    '',
    ...summary(ladder),
    ...verdicts.map(verdictLine),
    ...others.filter(({ dropped }) => Object.keys(dropped).length > 0).map(droppedLine),
  ];
  return lines.join('\n');
}

function cells({ row, added, ratio }: LadderRow): string[] {
  return [
    row.title,
    signed(added.p50Us.median),
    range(added.p50Us),
    signed(added.cpuUs.median),
    range(added.cpuUs),
    ratio.p50Us.toFixed(2),
    ratio.cpuUs.toFixed(2),
  ];
}

function summary({ rows }: Ladder): string[] {
  const everything = rows.find(({ row }) => row.id === EVERYTHING);
  const storage = rows.find(({ row }) => row.id === STORAGE);
  if (everything === undefined) return [];
  const pair = (of: (measure: Measure) => string): string => MEASURES.map(of).join(' / ');
  const floor =
    storage === undefined
      ? ''
      : `; context storage alone is ${pair((measure) => storage.ratio[measure].toFixed(2))} of that line`;
  const cpuUs = everything.added.cpuUs.median;
  return [
    `everything on against hand-rolled at 100 % (p50 / CPU): ${pair((measure) => everything.ratio[measure].toFixed(2))}${floor}`,
    `NFR-01: ${cpuUs.toFixed(1)} µs CPU a call, ${cpuUs < CPU_LIMIT_US ? 'under' : 'OVER'} the ${CPU_LIMIT_US} µs allowed`,
  ];
}

function verdictLine({ measure, differenceUs, noiseUs, exceeded }: Verdict): string {
  const judgement = exceeded ? 'MORE than hand-rolled' : 'no more than hand-rolled';
  return `${MEASURE_NAMES[measure]}: everything on is ${signed(differenceUs)} µs to hand-rolled, noise ${noiseUs.toFixed(1)} µs: ${judgement}`;
}

function droppedLine({ row, dropped }: LadderRow): string {
  const reasons = Object.entries(dropped).map(([reason, count]) => `${reason} ${count}`);
  return `dropped by ${row.id}: ${reasons.join(', ')}`;
}

function absolute({ median }: Spread): string {
  return `(${median.toFixed(1)})`;
}

function range({ q1, q3 }: Spread): string {
  return `${q1.toFixed(1)}..${q3.toFixed(1)}`;
}
