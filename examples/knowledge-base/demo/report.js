// @ts-check
/** The report as text. Pure: every figure comes from `figures.js`. */
import { formatTable } from './table.js';

/** @typedef {import('./figures.js').Figures} Figures */

/** @typedef {{ title: string, align?: 'left' | 'right' }} Column */

/**
 * @param {Figures} figures
 * @returns {string}
 */
export function formatReport(figures) {
  return [
    formatLoad(figures),
    formatOperations(figures),
    formatBreakdown(figures),
    ...formatResources(figures),
    formatProcess(figures),
    formatObjective(figures),
    formatCounts(figures),
    `Metrics:  ${figures.setting.url}/metrics`,
  ].join('\n\n');
}

/** @param {Figures} figures */
function formatLoad({ client, options, setting, knowledgeBase }) {
  const { embedding, documents, chunks } = knowledgeBase;
  const late = client.late === 0 ? 'none had to wait' : `${client.late} had to wait for a free place`;
  const asked = (embedding['cacheHits'] ?? 0) + (embedding['cacheMisses'] ?? 0);
  return [
    `Load: ${client.completed} calls in ${seconds(client.elapsedSeconds)} from ${plural(client.clients, 'client')} over ${options.transport}, ` +
      `${figure(client.callsPerSecond)} calls/s (${options.ratePerSecond} intended, open model)`,
    `      at most ${client.maxInFlight} in flight allowed, ${client.peakInFlight} reached, ${late}; ` +
      `${client.mistakes} deliberate mistakes among them`,
    `      ${documents} documents, ${chunks} chunks; query cache answered ${embedding['cacheHits']} of ${asked} queries, ` +
      `the rest went out in ${embedding['batches']} requests`,
    `      Node ${setting.node} on ${plural(setting.cores, 'core')}, client and embedding service included`,
  ].join('\n');
}

/** @param {Figures} figures */
function formatOperations({ operations, windowSeconds }) {
  /** @type {Column[]} */
  const columns = [
    { title: 'operation' },
    { title: 'calls', align: 'right' },
    { title: 'errors', align: 'right' },
    { title: 'P50 ms', align: 'right' },
    { title: 'P95 ms', align: 'right' },
    { title: 'P99 ms', align: 'right' },
    { title: 'samples', align: 'right' },
  ];
  const rows = operations.map((operation) => [
    operation.name,
    String(operation.calls),
    percent(operation.errorRatio),
    figure(operation.p50Ms),
    figure(operation.p95Ms),
    figure(operation.p99Ms),
    String(operation.samples),
  ]);
  return [
    `Operations, measured by the server (percentiles over the last ${windowSeconds} s; – too few samples to say)`,
    formatTable(columns, rows),
    '  errors as the OpenTelemetry conventions count them: asking for a resource that does not exist is the mistake of the client',
  ].join('\n');
}

/** @param {Figures} figures */
function formatBreakdown({ breakdown, objective }) {
  if (breakdown === undefined) return `Where the time went: no call of ${objective.operation} was measured`;
  /** @type {Column[]} */
  const columns = [
    { title: 'stage' },
    { title: 'mean ms', align: 'right' },
    { title: 'share', align: 'right' },
    { title: '' },
  ];
  const rows = breakdown.stages.map(({ stage, meanMs, ratio }) => [
    stage,
    fine(meanMs),
    percent(ratio),
    '█'.repeat(Math.round(ratio * 30)),
  ]);
  const lines = [
    `Where the time of ${breakdown.operation} went, per call`,
    formatTable(columns, [...rows, ['sum of stages', fine(breakdown.sumOfStagesMs), percent(1), '']]),
  ];
  if (breakdown.execution.components.length > 0) lines.push('', formatExecution(breakdown.execution));
  if (breakdown.endToEndMeanMs !== undefined) {
    lines.push(`  end to end in the server ${fine(breakdown.endToEndMeanMs)} ms, from its latency window`);
  }
  if (breakdown.clientMeanMs !== undefined) {
    const outside = breakdown.clientMeanMs - breakdown.sumOfStagesMs;
    lines.push(
      `  seen by the client ${fine(breakdown.clientMeanMs)} ms from the moment the call was due: ` +
        `${fine(outside)} ms in the client and on the way`,
    );
  }
  return lines.join('\n');
}

/** @param {NonNullable<Figures['breakdown']>['execution']} execution */
function formatExecution({ meanMs, components, atTheSameTimeMs, ownMs }) {
  /** @type {Column[]} */
  const columns = [
    { title: 'execution' },
    { title: 'calls', align: 'right' },
    { title: 'mean ms', align: 'right' },
    { title: 'share', align: 'right' },
  ];
  /** @param {number} ms */
  const share = (ms) => percent(meanMs === 0 ? 0 : ms / meanMs);
  return formatTable(columns, [
    ...components.map(({ component, calls, meanMs: ms }) => [component, String(calls), fine(ms), share(ms)]),
    ['own code', '', fine(ownMs), share(ownMs)],
    ['less what ran at once', '', fine(-atTheSameTimeMs), share(-atTheSameTimeMs)],
    ['sum = execution', '', fine(meanMs), percent(1)],
  ]);
}

/**
 * Caches and connection pools the server was seen to use.
 * @param {Figures} figures
 */
function formatResources({ caches, pools }) {
  const lines = [
    ...caches.map(({ name, hits, misses, failures, entries }) => {
      const asked = hits + misses;
      const rate = asked === 0 ? 'never asked' : `${percent(hits / asked)} of ${asked} look-ups were hits`;
      return `Cache ${name}: ${rate}, ${failures} failed${entries === undefined ? '' : `, ${entries} entries`}`;
    }),
    ...pools.map(({ name, system, used, idle, pending, max, timeouts, meanWaitSeconds }) => {
      const wait = meanWaitSeconds === undefined ? '' : `, ${fine(meanWaitSeconds * 1000)} ms mean wait`;
      const size = `${used} used, ${idle} idle, ${pending} waiting${max === undefined ? '' : ` of at most ${max}`}`;
      return `Pool ${name} (${system}): ${size}${wait}, ${timeouts} timeouts`;
    }),
  ];
  return lines.length === 0 ? [] : [lines.join('\n')];
}

/** @param {Figures} figures */
function formatProcess({ process, requests, sessions, telemetryDropped }) {
  const dropped = Object.entries(telemetryDropped).map(([what, count]) => `${count} ${what}`);
  return [
    'Server process',
    `  memory      ${megabytes(process.residentBytes)} resident (peak ${megabytes(process.peakResidentBytes)}), ${megabytes(process.heapUsedBytes)} heap in use`,
    `  CPU         ${share(process.meanCpuCores)} of one core on average, ${share(process.peakCpuCores)} at most (${process.samples} samples under load)`,
    `  event loop  ${share(process.meanEventLoopUtilization)} busy, delay P99 at most ${figure(process.worstEventLoopDelayP99Ms)} ms`,
    `  requests    ${requests.peak} at once at most; ${plural(sessions.started, 'session')}`,
    `  telemetry   ${dropped.length === 0 ? 'nothing dropped' : `dropped: ${dropped.join(', ')}`}`,
  ].join('\n');
}

/** @param {Figures} figures */
function formatObjective({ objective, options, setting }) {
  const rows = objective.checks.map(({ name, value, atMost, limit, unit, met }) => [
    name,
    value === undefined ? 'too few calls' : `${figure(value)} ${unit}`,
    `${atMost ? '≤' : '≥'} ${figure(limit)} ${unit}`,
    met ? 'met' : 'MISSED',
  ]);
  /** @type {Column[]} */
  const columns = [
    { title: 'check' },
    { title: 'measured', align: 'right' },
    { title: 'objective', align: 'right' },
    { title: '' },
  ];
  const where = `${options.ratePerSecond} calls/s on ${plural(setting.cores, 'core')}, client included`;
  return [
    `Objective of ${objective.operation} at ${where}: ${objective.met ? 'MET' : 'MISSED'}`,
    formatTable(columns, rows),
  ].join('\n');
}

/** @param {Figures} figures */
function formatCounts({ counts, client }) {
  const lines = counts.equal
    ? [`Counts: all ${counts.total} messages the client sent were measured by the server, operation by operation`]
    : [
        'Counts DIFFER between client and server:',
        ...counts.differences.map(
          ({ operation, client: sent, server }) => `  ${operation}: ${sent} sent, ${server} measured`,
        ),
      ];
  if (client.unexpected.count > 0) {
    lines.push(`Wrong answers: ${client.unexpected.count}`, ...client.unexpected.examples.map((text) => `  ${text}`));
  }
  return lines.join('\n');
}

/**
 * Three significant digits, no more than are worth reading.
 * @param {number | undefined} value
 */
function figure(value) {
  if (value === undefined) return '–';
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** @param {number} milliseconds */
function fine(milliseconds) {
  return milliseconds.toFixed(3);
}

/** @param {number} ratio */
function percent(ratio) {
  return `${(ratio * 100).toFixed(1)} %`;
}

/** @param {number | undefined} ratio */
function share(ratio) {
  return ratio === undefined ? '–' : `${(ratio * 100).toFixed(0)} %`;
}

/** @param {number | undefined} bytes */
function megabytes(bytes) {
  return bytes === undefined ? '–' : `${(bytes / 1e6).toFixed(0)} MB`;
}

/** @param {number} value */
function seconds(value) {
  return `${value.toFixed(1)} s`;
}

/**
 * @param {number} count
 * @param {string} noun
 */
function plural(count, noun) {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
