import type { ScalingAdvice } from '../../core/model/health.ts';

/** Means over one interval, for instance a minute. */
export interface LoadSample {
  readonly ratePerSecond: number;
  /** Busy share of the event loop, and of one core (may exceed 1: other threads compute, too). */
  readonly eventLoopUtilization: number;
  readonly cpuUtilization: number;
}

export interface ScalingOptions {
  /** Busy share a replica is planned for: waiting grows as 1/(1 − utilisation), threefold at 0.7. @default 0.7 */
  readonly targetUtilization?: number;
  /** How far ahead the load is predicted, in minutes. @default 30 */
  readonly horizonMinutes?: number;
  /** Requests per second now, with its change per hour where it has a trend. */
  readonly ratePerSecond: number;
  readonly ratePerHour?: number | undefined;
  /** Requests in flight one replica is declared to be built for, and the mean latency in seconds (Little's law). */
  readonly concurrency?: number | undefined;
  readonly meanSeconds?: number | undefined;
  /** Cores one replica may use. @default 1 */
  readonly cores?: number;
  /** Replicas that share the load already, each as busy as this one. @default 1 */
  readonly replicas?: number;
}

const FEWEST_SAMPLES = 5;
const Z_95 = 1.96;

/**
 * How many replicas a load takes, by operational analysis (Denning and Buzen 1978; Lazowska et al. 1984):
 *
 * - Utilisation law U = X·D: the demand D of the bottleneck per request is the slope of its utilisation over the throughput. Where the
 *   rates differ enough it is found by regression, which leaves what the process does without requests in the intercept U₀; where they do not,
 *   it is ΣU/ΣX, with U₀ = 0, which errs towards more replicas.
 * - One replica saturates at X = (1 − U₀)/D, and is planned for (ρ − U₀)/D with ρ the target utilisation.
 * - Replicas behind a balancer are c independent servers; M/M/c, where any of them takes the next request, waits less: the count is safe.
 * - With a declared concurrency N Little's law bounds the rate of a replica by N/R.
 *
 * The error is the relative standard error of D. What the model leaves out: a shared database that saturates first, and demands that
 * change with the load (garbage collection, cache hits).
 *
 * @returns `undefined` with fewer than five samples under load
 */
export function recommendScaling(samples: readonly LoadSample[], options: ScalingOptions): ScalingAdvice | undefined {
  const {
    targetUtilization = 0.7,
    horizonMinutes = 30,
    ratePerSecond,
    ratePerHour = 0,
    cores = 1,
    replicas = 1,
  } = options;
  const loaded = samples.filter(({ ratePerSecond: rate }) => rate > 0);
  if (loaded.length < FEWEST_SAMPLES || !(ratePerSecond > 0)) return undefined;
  const candidates = [
    { resource: 'event loop' as const, ...demandOf(loaded, ({ eventLoopUtilization }) => eventLoopUtilization) },
    { resource: 'cpu' as const, ...demandOf(loaded, ({ cpuUtilization }) => cpuUtilization / cores) },
  ].map((found) => ({ ...found, saturation: Math.max(0, 1 - found.base) / found.demand }));
  const busiest = candidates.reduce((a, b) => (b.saturation < a.saturation ? b : a));
  const { concurrency, meanSeconds } = options;
  const bound = concurrency === undefined || !meanSeconds ? Number.POSITIVE_INFINITY : concurrency / meanSeconds;
  const isBound = bound < busiest.saturation;
  const { demand, base, error } = isBound ? { demand: 1 / bound, base: 0, error: 0 } : busiest;
  const resource = isBound ? ('declared capacity' as const) : busiest.resource;
  const perReplica = Math.max(0, targetUtilization - base) / demand;
  const predicted = Math.max(0, ratePerSecond + (ratePerHour * horizonMinutes) / 60);
  const replicasFor = (rate: number): number =>
    Math.max(1, Math.ceil((rate * replicas) / Math.max(1e-9, perReplica) - 1e-9));
  const utilization = Math.min(1, base + ratePerSecond * demand);
  const saturation = Math.max(0, 1 - base) / demand;
  return {
    ratePerSecond: ratePerSecond * replicas,
    predictedPerSecond: predicted * replicas,
    horizonMinutes,
    demandSeconds: demand,
    resource,
    utilization,
    perReplica,
    saturation,
    replicasNow: replicasFor(ratePerSecond),
    replicas: replicasFor(predicted),
    error,
    evidence:
      `each request keeps the ${resource} busy for ${milliseconds(demand)} ± ${(100 * Z_95 * error).toFixed(0)} % (utilisation law, ` +
      `${loaded.length} samples); a replica saturates at ${rateText(saturation)} and is planned for ${rateText(perReplica)} ` +
      `(${(targetUtilization * 100).toFixed(0)} % busy); ${rateText(ratePerSecond * replicas)} now, ${rateText(predicted * replicas)} in ${horizonMinutes} min`,
  };
}

/** Slope of utilisation over throughput with its relative standard error; through the origin where the rates are too alike. */
function demandOf(
  samples: readonly LoadSample[],
  read: (sample: LoadSample) => number,
): { demand: number; base: number; error: number } {
  const n = samples.length;
  const sumX = samples.reduce((sum, { ratePerSecond: x }) => sum + x, 0);
  const sumU = samples.reduce((sum, sample) => sum + read(sample), 0);
  const [meanX, meanU] = [sumX / n, sumU / n];
  const spread = samples.reduce((sum, { ratePerSecond: x }) => sum + (x - meanX) ** 2, 0);
  const covariance = samples.reduce((sum, sample) => sum + (sample.ratePerSecond - meanX) * (read(sample) - meanU), 0);
  if (spread > 0) {
    const slope = covariance / spread;
    const base = meanU - slope * meanX;
    const left = samples.reduce((sum, sample) => sum + (read(sample) - base - slope * sample.ratePerSecond) ** 2, 0);
    const error = n > 2 ? Math.sqrt(left / (n - 2) / spread) / slope : Number.POSITIVE_INFINITY;
    if (slope > 0 && base >= 0 && error < 0.1) return { demand: slope, base, error };
  }
  const demand = Math.max(1e-9, sumU / sumX);
  const left = samples.reduce((sum, sample) => sum + (read(sample) - demand * sample.ratePerSecond) ** 2, 0);
  return { demand, base: 0, error: Math.sqrt(left / (n - 1) / n) / Math.max(1e-9, meanU) };
}

function milliseconds(seconds: number): string {
  return `${(seconds * 1000).toPrecision(3)} ms`;
}

function rateText(perSecond: number): string {
  return `${perSecond >= 100 ? perSecond.toFixed(0) : perSecond.toPrecision(3)}/s`;
}
