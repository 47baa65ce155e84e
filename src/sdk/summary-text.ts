import type { ObjectiveSnapshot } from '../core/model/objective.ts';
import type { OperationSnapshot, Snapshot } from '../core/model/snapshot.ts';
import { adviceLines } from './advice-text.ts';

const MIB = 1024 * 1024;
const MAX_NAME_CHARS = 48;
/** Rules named in the line about alerts. */
const MAX_RULES = 5;

/** Seconds for people: `950 µs`, `12.3 ms`, `1.20 s`. */
export function formatSeconds(seconds: number | undefined): string {
  if (seconds === undefined) return '–';
  if (seconds < 0.001) return `${(seconds * 1e6).toFixed(0)} µs`;
  if (seconds < 1) return `${(seconds * 1000).toFixed(seconds < 0.01 ? 2 : 1)} ms`;
  return `${seconds.toFixed(2)} s`;
}

function quantile(operation: OperationSnapshot, wanted: number): string {
  return formatSeconds(operation.latency.quantiles.find((estimate) => estimate.quantile === wanted)?.seconds);
}

/** The stage that takes most of the operation's time, with its share. */
function dominantStage(operation: OperationSnapshot): string {
  const total = operation.stages.reduce((sum, stage) => sum + stage.totalSeconds, 0);
  if (total === 0) return '–';
  const largest = operation.stages.reduce((a, b) => (b.totalSeconds > a.totalSeconds ? b : a));
  return `${largest.stage} ${((100 * largest.totalSeconds) / total).toFixed(0)} %`;
}

function row(operation: OperationSnapshot): string[] {
  const { name, count, errors, latency } = operation;
  return [
    name.length > MAX_NAME_CHARS ? `${name.slice(0, MAX_NAME_CHARS - 1)}…` : name,
    String(count),
    count === 0 ? '–' : `${((100 * errors) / count).toFixed(1)} %`,
    quantile(operation, 0.5),
    quantile(operation, 0.95),
    quantile(operation, 0.99),
    String(latency.count),
    dominantStage(operation),
  ];
}

/** One row for each component of an operation, and one for its own code: their shares of the execution. */
function componentRows({ components = [], componentSeconds = 0, stages }: OperationSnapshot): string[][] {
  if (components.length === 0) return [];
  const execution = stages.find(({ stage }) => stage === 'execution')?.totalSeconds ?? 0;
  const share = (seconds: number): string =>
    execution === 0 ? '–' : `${((100 * seconds) / execution).toFixed(0)} % of execution`;
  const none = ['', '', '', ''];
  const rows = components.map(({ kind, name, calls, errors, totalSeconds }) => [
    `  ${kind === name ? kind : `${kind} ${name}`}`.slice(0, MAX_NAME_CHARS),
    String(calls),
    calls === 0 ? '–' : `${((100 * errors) / calls).toFixed(1)} %`,
    ...none,
    share(totalSeconds),
  ]);
  return [...rows, ['  own code', '', '', ...none, share(Math.max(0, execution - componentSeconds))]];
}

/** Which objectives on the operation its window misses; `met` when it misses none of those that can be judged. */
function verdict(name: string, objectives: readonly ObjectiveSnapshot[]): string {
  const judged = objectives.filter(({ operation, state }) => operation === name && state !== 'unknown');
  if (judged.length === 0) return '–';
  const missed = judged.filter(({ state }) => state === 'breached').map(({ id }) => id.slice(name.length + 1));
  return missed.length === 0 ? 'met' : `missed ${missed.join(', ')}`;
}

/** Puts the verdicts before the last column, where there are any. */
function withVerdicts(rows: readonly string[][], verdicts: readonly string[]): string[][] {
  if (verdicts.every((text) => text === '–' || text === '')) return rows.map((cells) => [...cells]);
  return rows.map((cells, index) => [...cells.slice(0, -1), verdicts[index] ?? '', ...cells.slice(-1)]);
}

const FIGURES = ['count', 'errors', 'P50', 'P95', 'P99', 'n'];
const HEADER = ['operation', ...FIGURES, 'mostly'];
/** A sender sees no stages. */
const CLIENT_HEADER = ['asked of others', ...FIGURES, ''];

function operationRows({ operations, objectives = [] }: Snapshot): string[][] {
  const rows = [HEADER];
  const verdicts = [''];
  for (const operation of operations) {
    const details = componentRows(operation);
    rows.push(row(operation), ...details);
    verdicts.push(verdict(operation.name, objectives), ...details.map(() => ''));
  }
  const judged = withVerdicts(rows, verdicts);
  const [header] = judged;
  if (header !== undefined && header.length > HEADER.length) header[HEADER.length - 1] = 'objectives';
  return judged;
}

/**
 * The figures as one aligned table, and a second one where this process asks others. P50, P95 and P99 are of the sliding window
 * with `n` samples; a percentile without enough samples is shown as `–`.
 */
export function formatSummary(snapshot: Snapshot): string {
  const { service, windowSeconds, requests, sessions } = snapshot;
  const title = `${service.name}${service.version === undefined ? '' : ` ${service.version}`}`;
  const lines = [
    `${title}: percentiles of the last ${windowSeconds} s, counts since the start`,
    '',
    ...alignRows(operationRows(snapshot)),
    '',
    `requests in flight ${requests.active} (peak ${requests.peak}), queued ${requests.queued}; ` +
      `sessions ${sessions.active} open, ${sessions.started} started`,
  ];
  lines.push(...clientLines(snapshot));
  const resources = processLine(snapshot);
  if (resources !== undefined) lines.push(resources);
  const alerts = alertsLine(snapshot);
  if (alerts !== undefined) lines.push(alerts);
  const lost = Object.entries(snapshot.dropped).filter(([, count]) => count > 0);
  if (lost.length > 0) lines.push(`telemetry lost: ${lost.map(([what, count]) => `${what} ${count}`).join(', ')}`);
  lines.push(...adviceLines(snapshot));
  return `${lines.join('\n')}\n`;
}

function clientLines({ client }: Snapshot): string[] {
  if (client === undefined) return [];
  const { operations, requests, sessions } = client;
  const rows = operations.map((operation) => [...row(operation).slice(0, -1), '']);
  return [
    '',
    ...alignRows([CLIENT_HEADER, ...rows]),
    '',
    `requests waiting for an answer ${requests.active} (peak ${requests.peak}); ` +
      `client sessions ${sessions.active} open, ${sessions.started} started`,
  ];
}

/** `alerts: 2 firing (critical 1, warning 1): error-rate-high, cpu-high`; nothing while all is quiet. */
function alertsLine({ alerts }: Snapshot): string | undefined {
  const firing = alerts?.active.filter(({ state }) => state === 'firing') ?? [];
  if (alerts === undefined || firing.length === 0) return undefined;
  const bySeverity = Object.entries(alerts.firingBySeverity).flatMap(([name, n]) => (n > 0 ? [`${name} ${n}`] : []));
  const rules = [...new Set(firing.map(({ rule }) => rule))].slice(0, MAX_RULES).join(', ');
  return `alerts: ${firing.length} firing (${bySeverity.reverse().join(', ')}): ${rules}`;
}

function processLine(snapshot: Snapshot): string | undefined {
  const { process } = snapshot;
  if (process === undefined) return undefined;
  const cpu = process.cpuUtilization === undefined ? '–' : `${(100 * process.cpuUtilization).toFixed(0)} %`;
  const loop =
    process.eventLoopUtilization === undefined ? '–' : `${(100 * process.eventLoopUtilization).toFixed(0)} %`;
  return (
    `memory ${(process.residentBytes / MIB).toFixed(0)} MiB (heap ${(process.heapUsedBytes / MIB).toFixed(0)} MiB), ` +
    `CPU ${cpu} of a core, event loop ${loop} busy, delay P99 ${formatSeconds(process.eventLoopDelayP99Seconds)}, ` +
    `up ${process.uptimeSeconds.toFixed(0)} s`
  );
}

/** First column to the left, figures to the right, the last column (words) to the left. */
function alignRows(rows: readonly (readonly string[])[]): string[] {
  const columns = rows[0]?.length ?? 0;
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((cells) => (cells[column] ?? '').length)),
  );
  return rows.map((cells) =>
    cells
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column === 0 || column === columns - 1 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  ')
      .trimEnd(),
  );
}
