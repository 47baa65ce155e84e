import type { OperationSnapshot, Snapshot } from '../../core/model/snapshot.ts';
import { formatSeconds } from '../../sdk/summary-text.ts';
import { formatColumns } from '../format-columns.ts';
import { formatUptime, printable } from '../ps/servers-text.ts';

const MIB = 1024 ** 2;
const BAR_CELLS = 20;

/** Letters of the stages in the bar, in the order a request goes through them. */
const STAGE_LETTERS: Readonly<Record<string, string>> = {
  queue: 'q',
  protocol: 'p',
  validation: 'v',
  execution: '█',
  output_validation: 'o',
  serialization: 's',
  transmission: 't',
  unattributed: '·',
};

/** What the operations are ordered by. */
export type TopSort = 'time' | 'rate' | 'errors' | 'p95';

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

/** The figures as lines that fit a terminal: totals, what is wrong, operations with their stages. */
export function topScreen(snapshot: Snapshot, sort: TopSort, size: ScreenSize): string[] {
  const head = [titleLine(snapshot), trafficLine(snapshot), ...processLine(snapshot), ...alertLines(snapshot), ''];
  const operations = [...snapshot.operations].sort(ORDERS[sort]);
  const table = formatColumns([HEADER, ...operations.map(row)], [1, 2, 3, 4, 5, 6]);
  const room = Math.max(2, size.rows - head.length - 1);
  const shown = table.slice(0, room);
  const left = table.length - shown.length;
  const lines = [...head, ...shown, ...(left > 0 ? [`… ${left} more`] : [])];
  return lines.map((line) => [...line].slice(0, size.columns).join(''));
}

const HEADER = ['operation', 'calls', 'per s', 'errors', 'P50', 'P95', 'P99', 'stages'];

function titleLine({ service, process, health }: Snapshot): string {
  const up = process === undefined ? '' : `, up ${formatUptime(process.uptimeSeconds)}`;
  const score = health === undefined ? '' : `   health ${Math.round(health.score)} ${health.status}`;
  return `${printable(service.name)} ${printable(service.version ?? '')}${up}${score}`.replace(/ ,/, ',');
}

function trafficLine({ totals, requests, sessions, windowSeconds }: Snapshot): string {
  const parts = [`${requests.active} in flight, ${requests.queued} queued`, `${sessions.active} sessions`];
  if (totals !== undefined) {
    const at = (wanted: number): string =>
      formatSeconds(totals.latency.quantiles.find(({ quantile }) => quantile === wanted)?.seconds ?? undefined);
    const errors = totals.errorRatio === undefined ? '–' : percent(totals.errorRatio);
    parts.unshift(
      `${totals.ratePerSecond.toFixed(1)} requests/s`,
      `errors ${errors}`,
      `P50 ${at(0.5)}  P95 ${at(0.95)}  P99 ${at(0.99)} (${windowSeconds} s)`,
    );
  }
  return parts.join('   ');
}

function processLine({ process, pressure }: Snapshot): string[] {
  if (process === undefined) return [];
  const cpu = process.cpuUtilization === undefined ? '–' : percent(process.cpuUtilization);
  const strain = pressure === undefined ? '' : `   pressure ${percent(pressure.value)}`;
  const memory = `memory ${(process.residentBytes / MIB).toFixed(0)} MiB`;
  return [`${memory}   CPU ${cpu}   event loop P99 ${formatSeconds(process.eventLoopDelayP99Seconds)}${strain}`];
}

function alertLines({ alerts }: Snapshot): string[] {
  const firing = (alerts?.active ?? []).filter(({ state }) => state === 'firing');
  return firing.slice(0, 3).map(({ severity, message }) => `! ${severity}: ${printable(message, 160)}`);
}

function row(operation: OperationSnapshot): string[] {
  const { name, count, errors, latency, ratePerSecond, stages } = operation;
  const at = (wanted: number): string =>
    formatSeconds(latency.quantiles.find(({ quantile }) => quantile === wanted)?.seconds ?? undefined);
  return [
    printable(name),
    String(count),
    ratePerSecond.toFixed(1),
    count === 0 ? '–' : percent(errors / count),
    at(0.5),
    at(0.95),
    at(0.99),
    stageBar(stages),
  ];
}

/** Twenty cells, each the stage that holds the middle of that stretch of the operation's time. */
function stageBar(stages: OperationSnapshot['stages']): string {
  const total = stages.reduce((sum, { totalSeconds }) => sum + totalSeconds, 0);
  if (total === 0) return '';
  let bar = '';
  for (let cell = 0; cell < BAR_CELLS; cell += 1) {
    let left = (total * (cell + 0.5)) / BAR_CELLS;
    const stage = stages.find(({ totalSeconds }) => {
      left -= totalSeconds;
      return left <= 0;
    });
    bar += STAGE_LETTERS[stage?.stage ?? ''] ?? '?';
  }
  return bar;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

const timeIn = ({ stages }: OperationSnapshot): number => stages.reduce((sum, stage) => sum + stage.totalSeconds, 0);
const errorShare = ({ count, errors }: OperationSnapshot): number => (count === 0 ? 0 : errors / count);
const p95 = ({ latency }: OperationSnapshot): number =>
  latency.quantiles.find(({ quantile }) => quantile === 0.95)?.seconds ?? 0;

const ORDERS: Readonly<Record<TopSort, (a: OperationSnapshot, b: OperationSnapshot) => number>> = {
  time: (a, b) => timeIn(b) - timeIn(a),
  rate: (a, b) => b.ratePerSecond - a.ratePerSecond,
  errors: (a, b) => errorShare(b) - errorShare(a),
  p95: (a, b) => p95(b) - p95(a),
};
