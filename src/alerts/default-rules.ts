import type { DefaultRuleName, RuleOptions } from '../config/rule-fields.ts';
import type { ProfileName } from '../config/settings.ts';
import { METRIC_ANOMALY_ACTIVE, METRIC_BASELINE_RATIO } from '../semconv/judgement-streams.ts';

/** What default rules depend on. */
export interface RuleSurroundings {
  readonly profile: ProfileName;
  /** Operations a second the server is expected to serve; `undefined`: no expectation, no rule. */
  readonly expectedPerSecond: number | undefined;
  /** Operations in flight the server is declared to take; `undefined`: no rule. */
  readonly concurrency: number | undefined;
}

type DefaultRule = Omit<RuleOptions, 'name'> &
  Required<Pick<RuleOptions, 'metric' | 'operator' | 'threshold' | 'message'>> & {
    /** UCUM unit to show figures in, where it is not the metric's. */
    readonly unit?: string;
  };

const SECOND = 1000;
const OPERATIONS = 'mcp.server.operation.duration';
const OBJECTIVE = 'mcp_vitals.objective';
const OBJECTIVE_RATIO = 'mcp_vitals.objective.target_ratio';
const BURNING = 'mcp_vitals.objective.burning';
const TIER = 'mcp_vitals.tier';
const MEMORY = 'mcp_vitals.memory.utilization';
const MEMORY_LIMIT = 'mcp_vitals.memory.limit';
const CACHE = 'mcp_vitals.cache.requests';
const CACHE_NAME = 'mcp_vitals.cache.name';
const POOL_NAME = 'db.client.connection.pool.name';
/** A name that no tool has fails every time: the mistake of a client. */
const SUCCESS_OBJECTIVES = ['* success', '!* _OTHER success'];
const LATENCY_OBJECTIVES = ['* p50', '* p90', '* p95', '* p99'];
const OPERATION = ['mcp.method.name', 'gen_ai.tool.name', 'gen_ai.prompt.name'];
/** An operation has a tool, a prompt or neither. */
const NAME_OF_OPERATION = '{mcp.method.name} {gen_ai.tool.name} {gen_ai.prompt.name}';

/** A rule on how far a latency is over its objective; `others` leaves some out. */
function latencyOver(factor: number, severity: 'warning' | 'critical', others: readonly string[] = []): DefaultRule {
  return {
    metric: OBJECTIVE_RATIO,
    where: { [OBJECTIVE]: [...LATENCY_OBJECTIVES, ...others] },
    by: [OBJECTIVE],
    operator: '>',
    threshold: factor,
    clear: factor * 0.95,
    for: 30 * SECOND,
    category: 'latency',
    severity,
    message: `{${OBJECTIVE}} is {value} times its objective`,
  };
}

function memoryOver(share: number, severity: 'warning' | 'critical' | 'emergency'): DefaultRule {
  return {
    metric: MEMORY,
    by: [MEMORY_LIMIT],
    operator: '>',
    threshold: share,
    // A collection frees some percent: without distance the alert would flap with it.
    clear: share - 0.03,
    for: 30 * SECOND,
    category: 'memory',
    severity,
    unit: '%',
    message: `memory is at {value} of the {${MEMORY_LIMIT}} limit (threshold {threshold})`,
  };
}

/** Several factors of the burn rate, each at two windows, which the budget itself judges: here it only counts that one burns. */
function burning(tiers: readonly string[], severity: 'warning' | 'critical', message: string): DefaultRule {
  return {
    metric: BURNING,
    where: { [TIER]: tiers },
    by: [OBJECTIVE],
    operator: '>=',
    threshold: 1,
    category: 'budget',
    severity,
    message,
  };
}

/**
 * The default rules for some surroundings; numbers from `defaults.md`. Those whose metric does not exist are quiet; those that need
 * a declaration are left out without it.
 */
export function defaultRules(of: RuleSurroundings): ReadonlyMap<DefaultRuleName, DefaultRule> {
  const { profile, expectedPerSecond, concurrency } = of;
  const rules: { readonly [N in DefaultRuleName]: DefaultRule | undefined } = {
    'latency-high': latencyOver(1, 'warning'),
    // The millisecond has a hard limit of its own, on the P99; twice that time is what a busy host takes.
    'latency-critical': latencyOver(2, 'critical', ['!stage protocol p95']),
    'response-time-high':
      profile === 'testing' || profile === 'low-latency'
        ? {
            metric: OPERATIONS,
            where: { 'mcp.method.name': '!notifications/*' },
            by: OPERATION,
            aggregate: 'mean',
            operator: '>',
            threshold: 0.1,
            window: 30 * SECOND,
            for: 30 * SECOND,
            category: 'latency',
            severity: 'warning',
            message: `${NAME_OF_OPERATION}: a call takes {value} on average over {window} (threshold {threshold})`,
          }
        : undefined,
    'latency-regression': {
      metric: METRIC_BASELINE_RATIO,
      by: OPERATION,
      operator: '>',
      threshold: 2,
      for: 60 * SECOND,
      category: 'latency',
      severity: 'critical',
      message: `${NAME_OF_OPERATION}: P95 is {value} times its baseline (threshold {threshold} times)`,
    },
    'error-rate-high': {
      metric: OPERATIONS,
      where: { 'error.type': '*' },
      by: OPERATION,
      aggregate: 'ratio',
      overWhere: {},
      // One failure of a few calls is no rate.
      minSamples: 20,
      operator: '>',
      threshold: 0.05,
      clear: 0.04,
      window: 60 * SECOND,
      for: 60 * SECOND,
      category: 'error_rate',
      severity: 'critical',
      message: `${NAME_OF_OPERATION}: {value} of the calls failed in the last {window} (threshold {threshold})`,
    },
    'error-burst': {
      ...burning(['fast'], 'critical', `{${OBJECTIVE}}: many calls fail at once`),
      where: { [TIER]: ['fast'], [OBJECTIVE]: SUCCESS_OBJECTIVES },
      category: 'error_rate',
    },
    'latency-burst': {
      ...burning(['fast'], 'critical', `{${OBJECTIVE}}: many calls are too slow at once`),
      where: { [TIER]: ['fast'], [OBJECTIVE]: [...LATENCY_OBJECTIVES, '!stage protocol *'] }, // a busy host takes that 1 ms
      category: 'latency',
    },
    'cpu-high': {
      // JavaScript runs on one core: a share of all of them would never tell.
      metric: 'process.cpu.time',
      aggregate: 'rate',
      operator: '>',
      threshold: 0.8,
      clear: 0.7,
      window: 30 * SECOND,
      for: 120 * SECOND,
      category: 'resource',
      severity: 'warning',
      unit: '%',
      message: 'the process uses {value} of a core over {window} (threshold {threshold})',
    },
    'memory-high': memoryOver(0.8, 'warning'),
    'memory-critical': memoryOver(0.9, 'critical'),
    'memory-emergency': memoryOver(0.95, 'emergency'),
    'cache-hit-low': {
      metric: CACHE,
      where: { 'mcp_vitals.cache.result': 'hit' },
      overWhere: { 'mcp_vitals.cache.result': ['hit', 'miss'] },
      by: [CACHE_NAME],
      aggregate: 'ratio',
      minSamples: 100,
      operator: '<',
      threshold: profile === 'production' ? 0.8 : 0.7,
      window: 60 * SECOND,
      for: 60 * SECOND,
      category: 'resource',
      severity: 'warning',
      message: `cache {${CACHE_NAME}}: {value} of the look-ups of the last {window} were hits (threshold {threshold})`,
    },
    'throughput-low':
      expectedPerSecond === undefined
        ? undefined
        : {
            metric: OPERATIONS,
            where: { 'mcp.method.name': '!notifications/*' },
            aggregate: 'rate',
            operator: '<',
            threshold: 0.8 * expectedPerSecond,
            window: 60 * SECOND,
            for: 60 * SECOND,
            category: 'throughput',
            severity: 'warning',
            unit: '{request}/s',
            message: 'throughput is {value} over {window}, less than is expected (threshold {threshold})',
          },
    'concurrency-high':
      concurrency === undefined
        ? undefined
        : {
            metric: 'mcp_vitals.active_requests',
            combine: 'sum',
            operator: '>',
            threshold: 0.8 * concurrency,
            for: 30 * SECOND,
            category: 'throughput',
            severity: 'warning',
            message: '{value} in flight, close to the declared capacity (threshold {threshold})',
          },
    'pool-exhausted': {
      // Callers wait only when nothing is idle.
      metric: 'db.client.connection.pending_requests',
      by: [POOL_NAME],
      combine: 'sum',
      operator: '>',
      threshold: 0,
      for: 10 * SECOND,
      category: 'resource',
      severity: 'critical',
      message: `pool {${POOL_NAME}}: no idle connection, {value} waiting for one`,
    },
    'database-errors': {
      metric: 'db.client.operation.duration',
      where: { 'error.type': '*' },
      overWhere: {},
      by: ['db.system.name'],
      aggregate: 'ratio',
      minSamples: 20,
      operator: '>',
      threshold: 0.01,
      for: 60 * SECOND,
      category: 'error_rate',
      severity: 'warning',
      message:
        'database {db.system.name}: {value} of its operations failed in the last {window} (threshold {threshold})',
    },
    'cache-failures': {
      metric: CACHE,
      where: { 'mcp_vitals.cache.result': 'error' },
      overWhere: {},
      by: [CACHE_NAME],
      aggregate: 'ratio',
      minSamples: 20,
      operator: '>',
      threshold: 0.01,
      for: 60 * SECOND,
      category: 'error_rate',
      severity: 'warning',
      message: `cache {${CACHE_NAME}}: {value} of the look-ups failed in the last {window} (threshold {threshold})`,
    },
    'event-loop-stalled': {
      metric: 'nodejs.eventloop.delay.p99',
      operator: '>',
      threshold: 0.1,
      for: 10 * SECOND,
      category: 'resource',
      severity: 'warning',
      message: 'P99 of the event-loop delay is {value} (threshold {threshold}): every request waits for that',
    },
    'uptime-low': {
      metric: OBJECTIVE_RATIO,
      where: { [OBJECTIVE]: ['availability', 'availability *', '* availability'] },
      by: [OBJECTIVE],
      operator: '>',
      threshold: 1,
      category: 'budget',
      severity: 'warning',
      message: 'the availability objective is missed: {value} times the downtime it allows',
    },
    'objective-burn-page': burning(
      ['14.4x', '6x'],
      'critical',
      `{${OBJECTIVE}}: the error budget burns at least 6 times as fast as it may`,
    ),
    'objective-burn-ticket': burning(['3x', '1x'], 'warning', `{${OBJECTIVE}}: the error budget will not last 30 days`),
    anomaly: {
      metric: METRIC_ANOMALY_ACTIVE,
      by: OPERATION,
      operator: '>=',
      threshold: 1,
      category: 'anomaly',
      severity: 'warning',
      message: `${NAME_OF_OPERATION}: the latency is unusual`,
    },
    'telemetry-loss': {
      metric: 'mcp_vitals.self.dropped',
      by: ['mcp_vitals.signal'],
      aggregate: 'increase',
      operator: '>',
      threshold: 0,
      window: 60 * SECOND,
      for: 60 * SECOND,
      category: 'telemetry',
      severity: 'warning',
      message: '{value} items of {mcp_vitals.signal} were lost in the last {window}',
    },
  };
  return new Map(
    Object.entries(rules).flatMap(([name, rule]) => (rule === undefined ? [] : [[name as DefaultRuleName, rule]])),
  );
}
