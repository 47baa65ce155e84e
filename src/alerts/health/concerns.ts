import type { HealthIssue, Recommendation } from '../../core/model/health.ts';
import type { ObjectiveSnapshot } from '../../core/model/objective.ts';
import type { Snapshot } from '../../core/model/snapshot.ts';

/** From which figures on points are taken off, and how many. Ratios are 0 … 1. */
export interface HealthThresholds {
  /** Share of failed requests over the sliding window. */
  readonly errorRatio: number;
  /** Share of the memory limit: of the JavaScript heap or of the container, whichever is nearer. */
  readonly memoryWarning: number;
  readonly memoryCritical: number;
  /** Busy share of one core. */
  readonly cpu: number;
  /** Hits over look-ups of the last minute, and the fewest look-ups that are judged. */
  readonly cacheHitRatio: number;
  readonly fewestLookups: number;
  /** Mean latency in seconds of operations without an objective on a quantile; `undefined`: not judged. */
  readonly meanSeconds: number | undefined;
  /**
   * Points for further components by kind and name (`database postgresql`, `pool orders`, `rule queue-deep` while an alert of that rule
   * fires), or by kind alone.
   */
  readonly weights: Readonly<Record<string, number>>;
}

/** The defaults; 5 %, 80 % and 90 % are also where the default rules speak. */
export const HEALTH_THRESHOLDS: HealthThresholds = {
  errorRatio: 0.05,
  memoryWarning: 0.8,
  memoryCritical: 0.9,
  cpu: 0.8,
  cacheHitRatio: 0.7,
  fewestLookups: 100,
  meanSeconds: undefined,
  weights: {},
};

/** Points taken off for each kind of trouble. */
const POINTS = {
  quantile: 30,
  mean: 20,
  errors: 30,
  memoryCritical: 40,
  memoryWarning: 20,
  cpu: 15,
  cache: 10,
} as const;

/** Fewer requests than this say nothing about a share of errors. */
const FEWEST_REQUESTS = 20;
const MIB = 1024 * 1024;
export interface Concern extends HealthIssue {
  /** Of each kind only the worst counts for the whole; a component has them all. */
  readonly kind: string;
  /** How bad, to compare concerns of one kind. */
  readonly excess: number;
  /** False for what concerns its component only. */
  readonly ofTheWhole: boolean;
}

/** Everything points are taken off for without being declared. */
export function concernsOf(
  snapshot: Snapshot,
  thresholds: HealthThresholds,
  recommendations: readonly Recommendation[],
): Concern[] {
  return [
    ...latencyConcerns(snapshot, thresholds, recommendations),
    ...errorConcerns(snapshot, thresholds),
    ...memoryConcerns(snapshot, thresholds),
    ...cpuConcerns(snapshot, thresholds),
    ...cacheConcerns(snapshot, thresholds),
  ];
}

/** The given things by a key of theirs, in the order of their first. */
export function groupsOf<T>(all: readonly T[], keyOf: (one: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const group = groups.get(keyOf(one));
    if (group === undefined) groups.set(keyOf(one), [one]);
    else group.push(one);
  }
  return [...groups.values()];
}

/** Objectives on the whole of an operation, as opposed to one of its stages. */
function isOfOperation({ id, operation, quantile = 0 }: ObjectiveSnapshot): boolean {
  return operation !== undefined && id === `${operation} p${Math.round(quantile * 100)}`;
}

function latencyConcerns(
  { objectives = [], operations }: Snapshot,
  { meanSeconds }: HealthThresholds,
  recommendations: readonly Recommendation[],
): Concern[] {
  const adviceFor = (name: string): string =>
    recommendations.find(({ operation }) => operation === name)?.advice ??
    'Look where its time goes (stages and components of the operation); the slowest calls have their trace ids.';
  const judged = objectives.filter((objective) => objective.indicator === 'latency' && isOfOperation(objective));
  const breached = judged.flatMap(({ operation = '', observed, target, quantile = 0, state, samples }): Concern[] => {
    if (state !== 'breached' || observed === undefined) return [];
    return [
      {
        kind: 'latency',
        component: operation,
        deduction: POINTS.quantile,
        excess: observed / target,
        ofTheWhole: true,
        evidence: `P${Math.round(quantile * 100)} of ${operation} is ${milliseconds(observed)}, its objective ${milliseconds(target)} (n=${samples})`,
        recommendation: adviceFor(operation),
      },
    ];
  });
  // One deduction per operation, whatever the number of its quantiles.
  const quantiles = groupsOf(breached, ({ component }) => component).flatMap((same) =>
    same.toSorted((a, b) => b.excess - a.excess).slice(0, 1),
  );
  if (meanSeconds === undefined) return quantiles;
  const means = operations.flatMap(({ name, latency }): Concern[] => {
    const { mean, count } = latency;
    if (mean === undefined || count < FEWEST_REQUESTS || mean <= meanSeconds) return [];
    if (judged.some(({ operation }) => operation === name)) return [];
    return [
      {
        kind: 'latency',
        component: name,
        deduction: POINTS.mean,
        excess: mean / meanSeconds,
        ofTheWhole: true,
        evidence: `the mean of ${name} is ${milliseconds(mean)}, over ${milliseconds(meanSeconds)} (n=${count})`,
        recommendation: adviceFor(name),
      },
    ];
  });
  return [...quantiles, ...means];
}

function errorConcerns(
  { totals, windows = [], operations }: Snapshot,
  { errorRatio: most }: HealthThresholds,
): Concern[] {
  const concern = (component: string, ratio: number, count: number, ofTheWhole: boolean): Concern => {
    const counts = operations
      .filter(({ name }) => component === 'requests' || name === component)
      .flatMap(({ errorTypes }) => Object.entries(errorTypes));
    const types = groupsOf(counts, ([type]) => type)
      .map((same): [string, number] => [same[0]?.[0] ?? '', same.reduce((sum, [, times]) => sum + times, 0)])
      .sort((a, b) => b[1] - a[1])
      .slice(0, 3)
      .map(([type, times]) => `${type} ${times}`);
    const since = types.length === 0 ? '' : `; since the start: ${types.join(', ')}`;
    return {
      kind: 'errors',
      component,
      deduction: POINTS.errors,
      excess: ratio,
      ofTheWhole,
      evidence: `${percent(ratio)} of ${count} ${component === 'requests' ? 'requests' : 'calls'} failed, more than ${percent(most)}${since}`,
      recommendation: 'Look at the failed calls by error type first: errors come before latency, which they distort.',
    };
  };
  const found: Concern[] = [];
  if (totals?.errorRatio !== undefined && totals.latency.count >= FEWEST_REQUESTS && totals.errorRatio > most) {
    found.push(concern('requests', totals.errorRatio, totals.latency.count, true));
  }
  for (const { operation, windows: figures } of windows) {
    const [shortest] = figures;
    const { errorRatio, latency } = shortest ?? {};
    if (errorRatio === undefined || latency === undefined || latency.count < FEWEST_REQUESTS) continue;
    if (errorRatio > most) found.push(concern(operation, errorRatio, latency.count, false));
  }
  return found;
}

function memoryConcerns({ process }: Snapshot, { memoryWarning, memoryCritical }: HealthThresholds): Concern[] {
  if (process === undefined) return [];
  const { heapUsedBytes, heapLimitBytes, containerUsedBytes = 0, containerLimitBytes } = process;
  const uses = [
    { of: 'JavaScript heap', used: heapUsedBytes, limit: heapLimitBytes },
    { of: 'container', used: containerUsedBytes, limit: containerLimitBytes ?? 0 },
  ].filter(({ limit }) => limit > 0);
  const nearest = uses.toSorted((a, b) => b.used / b.limit - a.used / a.limit)[0];
  if (nearest === undefined) return [];
  const { of, used, limit } = nearest;
  const ratio = used / limit;
  if (ratio <= memoryWarning) return [];
  return [
    {
      kind: 'memory',
      component: 'memory',
      deduction: ratio > memoryCritical ? POINTS.memoryCritical : POINTS.memoryWarning,
      excess: ratio,
      ofTheWhole: true,
      evidence: `the ${of} uses ${percent(ratio)} of its limit (${(used / MIB).toFixed(0)} of ${(limit / MIB).toFixed(0)} MiB)`,
      recommendation:
        'Bound what is kept (caches, queues, sessions) or raise the limit; growth without load is a leak.',
    },
  ];
}

function cpuConcerns({ process }: Snapshot, { cpu }: HealthThresholds): Concern[] {
  const busy = process?.cpuUtilization;
  if (busy === undefined || !(busy > cpu)) return [];
  return [
    {
      kind: 'cpu',
      component: 'cpu',
      deduction: POINTS.cpu,
      excess: busy,
      ofTheWhole: true,
      evidence: `the process uses ${percent(busy)} of a core, more than ${percent(cpu)}`,
      recommendation:
        'Run more replicas, or move computing out of the event loop (worker threads, a cheaper algorithm).',
    },
  ];
}

function cacheConcerns({ caches = [] }: Snapshot, { cacheHitRatio, fewestLookups }: HealthThresholds): Concern[] {
  return caches.flatMap(({ name, hitRatio, recentLookups }): Concern[] => {
    if (hitRatio === undefined || recentLookups < fewestLookups || hitRatio >= cacheHitRatio) return [];
    return [
      {
        kind: 'cache',
        component: `cache ${name}`,
        deduction: POINTS.cache,
        excess: 1 - hitRatio,
        ofTheWhole: true,
        evidence: `${percent(hitRatio)} of ${recentLookups} look-ups were hits, less than ${percent(cacheHitRatio)}`,
        recommendation:
          'Give the cache more room or a longer time to live, and check that keys of equal questions are equal.',
      },
    ];
  });
}

/** For people. */
export function milliseconds(seconds: number): string {
  const ms = seconds * 1000;
  return `${ms >= 100 ? ms.toFixed(0) : ms.toPrecision(3)} ms`;
}

function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(ratio < 0.1 ? 1 : 0)} %`;
}
