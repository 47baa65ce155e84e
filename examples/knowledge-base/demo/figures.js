// @ts-check
/** Turns what the clients saw and what the server measured into the figures of the report. Pure. */

/** @typedef {import('./snapshot.js').Snapshot} Snapshot */

/** What the objective is about, and its limits. */
const OBJECTIVE = { operation: 'tools/call kb.hybrid_search', p50Ms: 100, p95Ms: 200 };
/** Below this share of the intended rate the load was not the load of the objective. */
const MIN_RATE_RATIO = 0.95;
const LONG_WINDOW_SECONDS = 300;

/**
 * @typedef {object} Measured
 * @property {import('./options.js').DemoOptions} options
 * @property {readonly import('./workload.js').Call[]} calls
 * @property {{ outcomes: import('./open-model.js').Outcome[], elapsedMs: number, peakInFlight: number }} load
 * @property {number} maxInFlight
 * @property {number} clients
 * @property {Map<string, number>} sent messages by operation
 * @property {Snapshot} snapshot after the load
 * @property {readonly Snapshot[]} during snapshots taken while the load ran
 * @property {{ documents: number, chunks: number, embedding: Record<string, number> }} knowledgeBase
 * @property {{ command: string, url: string, cores: number, node: string }} setting
 *
 * @typedef {ReturnType<typeof computeFigures>} Figures
 */

/** @param {Measured} measured */
export function computeFigures(measured) {
  const { options, load, snapshot, setting } = measured;
  const searched = load.outcomes.filter(({ index }) => measured.calls[index]?.operation === OBJECTIVE.operation);
  const client = {
    clients: measured.clients,
    intended: measured.calls.length,
    completed: load.outcomes.length,
    late: load.outcomes.filter(({ late }) => late).length,
    maxInFlight: measured.maxInFlight,
    peakInFlight: load.peakInFlight,
    elapsedSeconds: load.elapsedMs / 1000,
    callsPerSecond: load.outcomes.length / Math.max(load.elapsedMs / 1000, options.durationSeconds),
    mistakes: measured.calls.filter(({ mistake }) => mistake).length,
    unexpected: unexpectedAnswers(measured),
    search: latencyFigures(searched.map(({ latencyMs }) => latencyMs)),
  };
  const windowSeconds = Math.max(
    ...snapshot.operations.map((operation) => longWindow(snapshot, operation).windowSeconds),
  );
  const operations = snapshot.operations
    .map((operation) => ({
      name: operation.name,
      calls: operation.count,
      errors: operation.errors,
      errorRatio: operation.count === 0 ? 0 : operation.errors / operation.count,
      p50Ms: quantileMs(longWindow(snapshot, operation), 0.5),
      p95Ms: quantileMs(longWindow(snapshot, operation), 0.95),
      p99Ms: quantileMs(longWindow(snapshot, operation), 0.99),
      samples: longWindow(snapshot, operation).count,
    }))
    .sort((a, b) => b.calls - a.calls || a.name.localeCompare(b.name));
  const search = operations.find(({ name }) => name === OBJECTIVE.operation);
  const counts = compareCounts(measured.sent, snapshot);
  const objective = judge(client.search, search, client.callsPerSecond, options.ratePerSecond);
  return {
    passed: objective.met && counts.equal && client.unexpected.count === 0,
    setting,
    options,
    client,
    windowSeconds,
    operations,
    counts,
    breakdown: stageBreakdown(snapshot, client.search.meanMs),
    objective,
    process: processFigures(measured),
    caches: snapshot.caches ?? [],
    pools: snapshot.pools ?? [],
    requests: snapshot.requests,
    sessions: snapshot.sessions,
    telemetryDropped: snapshot.dropped,
    knowledgeBase: measured.knowledgeBase,
  };
}

/**
 * @param {{ calls: readonly import('./workload.js').Call[], load: { outcomes: readonly import('./open-model.js').Outcome[] } }} sent
 */
export function unexpectedAnswers({ calls, load }) {
  /** @type {string[]} */
  const examples = [];
  let count = 0;
  for (const { index, answer, failure } of load.outcomes) {
    const call = calls[index];
    const isError = failure !== undefined || answer?.isError === true;
    if (call === undefined || isError === call.mistake) continue;
    count += 1;
    const what =
      failure instanceof Error ? failure.message : isError ? 'answered as an error' : 'answered as a success';
    if (examples.length < 3) examples.push(`${call.operation}: ${what}`);
  }
  return { count, examples };
}

/**
 * @param {number[]} values
 * @returns {{ samples: number, meanMs: number | undefined, p50Ms: number | undefined, p95Ms: number | undefined, p99Ms: number | undefined }}
 */
function latencyFigures(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const samples = sorted.length;
  /** Nearest rank: the smallest value that at least this share does not exceed. @param {number} quantile */
  const at = (quantile) => sorted[Math.max(0, Math.ceil(quantile * samples) - 1)];
  const meanMs = samples === 0 ? undefined : sorted.reduce((sum, value) => sum + value, 0) / samples;
  return { samples, meanMs, p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99) };
}

/**
 * The window of five minutes, which holds all of the load: the short one, for alerts, would forget half of it.
 * @param {Snapshot} snapshot
 * @param {import('./snapshot.js').Operation} operation
 */
function longWindow({ windows = [] }, { name, latency }) {
  const longer = windows.find(({ operation }) => operation === name)?.windows ?? [];
  return longer.find(({ windowSeconds }) => windowSeconds === LONG_WINDOW_SECONDS)?.latency ?? latency;
}

/**
 * @param {import('./snapshot.js').Operation['latency']} latency
 * @param {number} quantile
 * @returns {number | undefined} undefined when there are too few samples for it
 */
function quantileMs(latency, quantile) {
  const seconds = latency.quantiles.find((entry) => entry.quantile === quantile)?.seconds;
  return seconds === undefined ? undefined : seconds * 1000;
}

/**
 * @param {Map<string, number>} sent
 * @param {Snapshot} snapshot
 */
export function compareCounts(sent, snapshot) {
  const received = new Map(
    snapshot.operations.map(({ method, target, count }) => [
      target === undefined ? method : `${method} ${target}`,
      count,
    ]),
  );
  const differences = [...sent]
    .map(([operation, client]) => ({ operation, client, server: received.get(operation) ?? 0 }))
    .filter(({ client, server }) => client !== server);
  const total = [...sent.values()].reduce((sum, count) => sum + count, 0);
  return { equal: differences.length === 0, total, differences };
}

/**
 * Mean per call of every stage. The stages add up to the end-to-end mean of the server; what the client saw beyond it was
 * spent outside the server: waiting to be sent, in the pipe, in the client.
 *
 * @param {Snapshot} snapshot
 * @param {number | undefined} clientMeanMs
 */
function stageBreakdown(snapshot, clientMeanMs) {
  const operation = snapshot.operations.find(({ name }) => name === OBJECTIVE.operation);
  if (operation === undefined || operation.count === 0) return undefined;
  const totalSeconds = operation.stages.reduce((sum, stage) => sum + stage.totalSeconds, 0);
  const meanMs = (totalSeconds / operation.count) * 1000;
  const latency = longWindow(snapshot, operation);
  return {
    operation: operation.name,
    calls: operation.count,
    stages: operation.stages.map((stage) => ({
      stage: stage.stage,
      meanMs: (stage.totalSeconds / operation.count) * 1000,
      ratio: totalSeconds === 0 ? 0 : stage.totalSeconds / totalSeconds,
    })),
    execution: executionBreakdown(operation),
    sumOfStagesMs: meanMs,
    // Comparable only while the window still holds every call.
    endToEndMeanMs: latency.count === operation.count && latency.mean !== undefined ? latency.mean * 1000 : undefined,
    clientMeanMs,
  };
}

/**
 * Mean per call of every component, and of the own code between them. Components that work at the same time overlap: what
 * is counted in two of them is taken off once, so that all rows add up to the execution.
 *
 * @param {import('./snapshot.js').Operation} operation
 */
function executionBreakdown({ count, stages, components = [], componentSeconds = 0 }) {
  const seconds = stages.find(({ stage }) => stage === 'execution')?.totalSeconds ?? 0;
  const sum = components.reduce((total, { totalSeconds }) => total + totalSeconds, 0);
  /** @param {number} total */
  const perCall = (total) => (total / count) * 1000;
  return {
    meanMs: perCall(seconds),
    components: components.map(({ kind, name, calls, totalSeconds }) => ({
      component: kind === name ? kind : `${kind} ${name}`,
      calls,
      meanMs: perCall(totalSeconds),
    })),
    atTheSameTimeMs: perCall(sum - componentSeconds),
    ownMs: perCall(seconds - componentSeconds),
  };
}

/**
 * @param {{ p50Ms: number | undefined, p95Ms: number | undefined }} client
 * @param {{ p50Ms: number | undefined, p95Ms: number | undefined } | undefined} server
 * @param {number} callsPerSecond
 * @param {number} intendedPerSecond
 */
function judge(client, server, callsPerSecond, intendedPerSecond) {
  const limits = [
    { name: 'P50, measured by the server', limit: OBJECTIVE.p50Ms, unit: 'ms', value: server?.p50Ms },
    { name: 'P95, measured by the server', limit: OBJECTIVE.p95Ms, unit: 'ms', value: server?.p95Ms },
    { name: 'P50, seen by the client', limit: OBJECTIVE.p50Ms, unit: 'ms', value: client.p50Ms },
    { name: 'P95, seen by the client', limit: OBJECTIVE.p95Ms, unit: 'ms', value: client.p95Ms },
  ];
  const checks = [
    ...limits.map((check) => ({
      ...check,
      atMost: true,
      met: check.value !== undefined && check.value <= check.limit,
    })),
    {
      name: 'rate, all operations together',
      limit: intendedPerSecond * MIN_RATE_RATIO,
      unit: 'calls/s',
      value: callsPerSecond,
      atMost: false,
      met: callsPerSecond >= intendedPerSecond * MIN_RATE_RATIO,
    },
  ];
  return { operation: OBJECTIVE.operation, checks, met: checks.every(({ met }) => met) };
}

/** @param {Measured} measured */
function processFigures({ snapshot, during }) {
  const samples = during.flatMap(({ process }) => (process === undefined ? [] : [process]));
  /** @param {(figures: import('./snapshot.js').ProcessFigures) => number | undefined} read */
  const values = (read) => samples.map(read).filter((value) => value !== undefined);
  /** @param {number[]} numbers */
  const mean = (numbers) =>
    numbers.length === 0 ? undefined : numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  /** @param {number[]} numbers */
  const max = (numbers) => (numbers.length === 0 ? undefined : Math.max(...numbers));
  return {
    samples: samples.length,
    residentBytes: snapshot.process?.residentBytes,
    peakResidentBytes: max(values(({ residentBytes }) => residentBytes)),
    heapUsedBytes: snapshot.process?.heapUsedBytes,
    meanCpuCores: mean(values(({ cpuUtilization }) => cpuUtilization)),
    peakCpuCores: max(values(({ cpuUtilization }) => cpuUtilization)),
    meanEventLoopUtilization: mean(values(({ eventLoopUtilization }) => eventLoopUtilization)),
    worstEventLoopDelayP99Ms: max(values(({ eventLoopDelayP99Seconds: seconds }) => seconds && seconds * 1000)),
  };
}
