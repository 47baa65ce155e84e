import { assessHealth } from '../alerts/health/assess-health.ts';
import { HEALTH_THRESHOLDS, type HealthThresholds } from '../alerts/health/concerns.ts';
import { CallBook, type FinishedCall } from '../alerts/recommendations/call-book.ts';
import { LoopWatch } from '../alerts/recommendations/loop-watch.ts';
import { recommend } from '../alerts/recommendations/recommend.ts';
import { recommendForLoop } from '../alerts/recommendations/recommend-loop.ts';
import { recommendScaling } from '../alerts/scaling/recommend-scaling.ts';
import { assessTrends, TREND_MINUTES } from '../alerts/trends/trends.ts';
import type { VitalsConfig } from '../config/index.ts';
import type { Clock, Timer } from '../core/clock.ts';
import type { Diag } from '../core/diag.ts';
import type { Finding, HealthSnapshot, Trend } from '../core/model/health.ts';
import type { LiveSections } from '../core/model/live.ts';
import type { Snapshot } from '../core/model/snapshot.ts';
import type { Operation } from '../mcp/operation.ts';
import { idleMs } from '../runtime/idle-time.ts';
import { ProcessorWait } from '../runtime/processor-wait.ts';
import type { RuntimeSampler } from '../runtime/runtime-sampler.ts';
import { ATTR_HEALTH_COMPONENT, METRIC_HEALTH_SCORE } from '../semconv/health-streams.ts';
import type { HistorySlice } from '../status/history/history.ts';
import { executionOf } from './components-part.ts';
import { EntrySlot } from './entry-slot.ts';
import type { HistoryPart } from './history-part.ts';
import type { Part } from './part.ts';

const SETTLE_EVERY_MS = 1_000;
/** Every fifth time the health is assessed anew. */
const ASSESS_EVERY = 5;
const MINUTE_MS = 60_000;
const LOAD_SAMPLE_MS = 10_000;
/** Demand changes with what is asked; a quarter of an hour is enough to tell it. */
const LOAD_SPAN_MS = 900_000;
/** CPU is judged smoothed: one busy second is no trouble. */
const CPU_WEIGHT = 1 / 30;

/** Nobody waits for a loop that nobody has called for so long: it is not watched then, and costs nothing. */
const UNCALLED_MS = 60_000;

const NO_MOMENTS: readonly number[] = [];

export interface HealthPartOptions {
  readonly config: VitalsConfig;
  readonly clock: Clock;
  readonly diag: Diag;
  readonly history: HistoryPart['read'];
  /** Where the process is sampled. */
  readonly runtime: Pick<RuntimeSampler, 'onGarbageCollection' | 'latest'> | undefined;
  /** All figures but those of this part. */
  readonly figures: () => Snapshot;
  /** Of them the totals, as of the last second. */
  readonly totals: () => Snapshot['totals'];
}

/** The part, and what it makes of the figures of the others. */
export interface HealthPart extends Part {
  /** A snapshot with health, recommendations, trends and scaling advice. */
  complete(snapshot: Snapshot): Snapshot;
  /** As last assessed, at most 5 s ago; `undefined` before the first time. */
  latest(): HealthSnapshot | undefined;
}

/** How the process is, why, and what to do. */
export function createHealthPart(options: HealthPartOptions): HealthPart {
  const { clock, diag, history, runtime, figures, totals } = options;
  const thresholds = thresholdsOf(options.config, diag);
  const wallTime = (): number => clock.timeOrigin + clock.now();
  const book = new CallBook();
  const booked = new EntrySlot((entry) => ({ operation: book.operation(entry.name) }));
  const call = emptyCall();
  let processor: ProcessorWait | undefined;
  const watch = new LoopWatch(clock, book.loop, () => ({ idleMs: idleMs(), processor: processor?.read() }));
  const reported = new Set<string>();
  const startedAt = clock.now();
  let latest: HealthSnapshot | undefined;
  let cpu: number | undefined;
  let trends: { readonly at: number; readonly all: readonly Trend[] } | undefined;
  let scaled: { readonly at: number; readonly advice: Snapshot['scaling'] } | undefined;
  let timer: Timer | undefined;
  let stopListening = (): void => {};
  let ticks = 0;

  const healthOf = (snapshot: Snapshot): HealthSnapshot => {
    const now = clock.now();
    const comparisons = [...book.operations()].flatMap((name) => book.compare(name, now) ?? []);
    const process = snapshot.process && { ...snapshot.process, cpuUtilization: cpu ?? snapshot.process.cpuUtilization };
    const span = Math.min(MINUTE_MS, now - startedAt);
    const rate = snapshot.totals?.ratePerSecond ?? 0;
    const advice = recommend(comparisons, snapshot, recommendForLoop(book.loop.standstill(now - span), span, rate));
    return assessHealth({ ...snapshot, process }, thresholds, advice);
  };
  const trendsNow = (): readonly Trend[] => {
    const now = wallTime();
    if (trends === undefined || now - trends.at > MINUTE_MS / 2) {
      const slice = history({ operation: undefined, resolutionMs: MINUTE_MS, fromMs: now - TREND_MINUTES * MINUTE_MS });
      trends = { at: now, all: slice === undefined ? [] : assessTrends(minuteValues(slice)) };
    }
    return trends.all;
  };
  const scalingNow = (totals: Snapshot['totals'], trends: readonly Trend[]): Snapshot['scaling'] => {
    const past = { operation: undefined, resolutionMs: LOAD_SAMPLE_MS, fromMs: wallTime() - LOAD_SPAN_MS };
    return scalingOf(history(past), { totals, trends, concurrency: options.config.capacity.concurrency });
  };
  const complete = (snapshot: Snapshot): Snapshot => {
    const all = trendsNow();
    const scaling = scalingNow(snapshot.totals, all);
    return { ...snapshot, health: healthOf(snapshot), trends: all, ...(scaling === undefined ? {} : { scaling }) };
  };
  const live = (): LiveSections => {
    const all = trendsNow();
    if (scaled === undefined || clock.now() - scaled.at >= LOAD_SAMPLE_MS) {
      scaled = { at: clock.now(), advice: scalingNow(totals(), all) };
    }
    return { health: latest ?? healthOf(figures()), trends: all, scaling: scaled.advice };
  };

  const setLevels = (snapshot: Snapshot): void => {
    for (const { name, latency } of snapshot.operations) {
      const at = (wanted: number): number | undefined =>
        latency.quantiles.find(({ quantile }) => quantile === wanted)?.seconds;
      const [median, p95] = [at(0.5), at(0.95)];
      if (median === undefined || p95 === undefined) continue;
      const objective = snapshot.objectives?.find(({ id }) => id === `${name} p95`)?.target;
      const objectiveMs = objective === undefined ? undefined : objective * 1000;
      book.setLevels(name, { medianMs: median * 1000, p95Ms: p95 * 1000, objectiveMs });
    }
  };
  const followCalls = (): void => {
    if (clock.now() - Math.max(book.lastCallAt, startedAt) < UNCALLED_MS) watch.start();
    else watch.stop();
  };
  const tick = (): void => {
    try {
      followCalls();
      book.settle(clock.now());
      const busy = runtime?.latest().cpuCores;
      if (busy !== undefined) cpu = smoothed(cpu, busy.user + busy.system);
      ticks += 1;
      if (ticks % ASSESS_EVERY !== 0) return;
      const snapshot = figures();
      setLevels(snapshot);
      latest = healthOf(snapshot);
      warnOfRegressions(snapshot.findings ?? [], reported, diag);
    } catch (error) {
      diag.warn('health', `the health could not be assessed: ${String(error)}`);
    }
  };

  return {
    complete,
    live,
    latest: () => latest,
    gauges: () => (latest === undefined ? {} : { health: latest.score }),
    series: () => {
      if (latest === undefined) return [];
      const components = latest.components.map(({ component, score }) => ({
        attributes: { [ATTR_HEALTH_COMPONENT]: component },
        value: score,
      }));
      return [{ stream: METRIC_HEALTH_SCORE, points: [{ attributes: {}, value: latest.score }, ...components] }];
    },
    onFinished(operation, entry, stagesMs) {
      // Nobody waits for a notification.
      if (operation.requestId === undefined) return undefined;
      readCall(operation, stagesMs, call);
      book.finished(booked.of(entry).operation, call);
      return undefined;
    },
    start() {
      if (timer !== undefined) return;
      if (runtime !== undefined) processor = new ProcessorWait();
      watch.start();
      stopListening =
        runtime?.onGarbageCollection((_type, seconds, startMs) => book.loop.collected(startMs, seconds * 1000)) ??
        stopListening;
      timer = clock.every(SETTLE_EVERY_MS, tick);
    },
    stop() {
      timer?.stop();
      timer = undefined;
      watch.stop();
      processor?.close();
      stopListening();
    },
  };
}

/** A finished call that is written anew for each: what is kept of it is copied. */
type WrittenCall = { -readonly [field in keyof FinishedCall]: FinishedCall[field] };

function emptyCall(): WrittenCall {
  const times = { receivedAt: 0, sentAt: 0, executionFrom: 0, executionTo: 0 };
  return { ...times, moments: NO_MOMENTS, stagesMs: new Float64Array(0), components: undefined };
}

function readCall(operation: Operation, stagesMs: Float64Array, into: WrittenCall): void {
  const [executionFrom, executionTo] = executionOf(operation, stagesMs);
  const { calls } = operation;
  into.receivedAt = operation.receivedAt;
  into.sentAt = operation.sendTo;
  into.executionFrom = executionFrom;
  into.executionTo = executionTo;
  into.moments = calls?.moments ?? NO_MOMENTS;
  into.stagesMs = stagesMs;
  into.components = calls?.totals;
}

function smoothed(before: number | undefined, now: number): number {
  return before === undefined ? now : before + CPU_WEIGHT * (now - before);
}

function thresholdsOf({ health }: VitalsConfig, diag: Diag): HealthThresholds {
  const weights: Record<string, number> = {};
  for (const [component, text] of Object.entries(health.weights)) {
    const points = Number(text);
    if (points > 0 && points <= 100) weights[component] = points;
    else
      diag.warn(
        'health.weights',
        `health.weights: ${component} has ${JSON.stringify(text)}, not points up to 100; left out`,
      );
  }
  const { errorRatio, memoryWarning, memoryCritical, cpu, cacheHitRatio } = health;
  return { ...HEALTH_THRESHOLDS, errorRatio, memoryWarning, memoryCritical, cpu, cacheHitRatio, weights };
}

/** Says once of each regression what has become slower, and since when. */
function warnOfRegressions(findings: readonly Finding[], reported: Set<string>, diag: Diag): void {
  const lasting = findings.filter(({ kind, until }) => kind === 'regression' && until === undefined);
  for (const { subject, since, evidence } of lasting) {
    const key = `${subject} ${since}`;
    if (!reported.has(key)) diag.warn(`regression ${subject}`, `${subject} has become slower: ${evidence}`);
    reported.add(key);
  }
  const present = new Set(lasting.map(({ subject, since }) => `${subject} ${since}`));
  for (const key of reported) if (!present.has(key)) reported.delete(key);
}

function columnOf({ columns }: HistorySlice, name: string): readonly number[] {
  return (columns[name] ?? []).map((value) => value ?? Number.NaN);
}

function minuteValues(slice: HistorySlice): Parameters<typeof assessTrends>[0] {
  const seconds = columnOf(slice, 'seconds');
  const requests = columnOf(slice, 'requests');
  const errors = columnOf(slice, 'errors');
  return {
    p95: columnOf(slice, 'p95'),
    rate: requests.map((count, at) => count / (seconds[at] as number)),
    errors: errors.map((count, at) => (requests[at] === 0 ? Number.NaN : count / (requests[at] as number))),
    memory: columnOf(slice, 'residentBytes'),
  };
}

function scalingOf(
  slice: HistorySlice | undefined,
  {
    totals,
    trends,
    concurrency,
  }: { totals: Snapshot['totals']; trends: readonly Trend[]; concurrency: number | undefined },
): Snapshot['scaling'] {
  if (slice === undefined) return undefined;
  const seconds = columnOf(slice, 'seconds');
  const loops = columnOf(slice, 'eventLoopUtilization');
  const cpus = columnOf(slice, 'cpu');
  const samples = columnOf(slice, 'requests').flatMap((count, at) => {
    const sample = {
      ratePerSecond: count / (seconds[at] as number),
      eventLoopUtilization: loops[at] as number,
      cpuUtilization: cpus[at] as number,
    };
    return Object.values(sample).every(Number.isFinite) ? [sample] : [];
  });
  const rate = trends.find(({ figure }) => figure === 'rate');
  const hasDirection = rate?.direction === 'rising' || rate?.direction === 'falling';
  return recommendScaling(samples, {
    ratePerSecond: totals?.ratePerSecond ?? 0,
    ratePerHour: hasDirection ? rate.perHour : 0,
    concurrency,
    meanSeconds: totals?.latency.mean,
  });
}
