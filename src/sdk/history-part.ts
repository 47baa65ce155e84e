import type { Clock, Timer } from '../core/clock.ts';
import { latencyDistribution } from '../core/latency-distribution.ts';
import type { LatencySummary } from '../core/latency-summary.ts';
import type { OperationDetail } from '../core/model/operation-detail.ts';
import type { TotalsSnapshot } from '../core/model/snapshot.ts';
import { type SlowCall, SlowestCalls } from '../core/slowest-calls.ts';
import type { Operation } from '../mcp/operation.ts';
import type { OperationEntry } from '../mcp/operation-entry.ts';
import type { Recorder } from '../mcp/recorder.ts';
import { History, type HistorySlice } from '../status/history/history.ts';
import type { HistoryQuery } from '../status/routes.ts';
import { EntrySlot } from './entry-slot.ts';
import type { Part } from './part.ts';
import { RequestTotals } from './totals.ts';

const SAMPLE_INTERVAL_MS = 1_000;
/** Operations are summarised by every tenth sample: that costs more than counting. */
const SAMPLES_PER_OPERATION_SAMPLE = 10;

export interface HistoryPartOptions {
  readonly recorder: Recorder;
  readonly clock: Clock;
  /** All parts, this one included: they give the gauges. */
  readonly parts: readonly Part[];
  /** Which trace an operation belongs to, asked once it is decided whether that is exported. */
  readonly traceOf: (operation: Operation) => Pick<SlowCall, 'traceId' | 'exported'>;
}

/** The part that remembers, and what the page asks it for. */
export interface HistoryPart extends Part {
  /** A stretch of history; empty for an operation that has none of its own, `undefined` for one nobody has used. */
  read(query: HistoryQuery): HistorySlice | undefined;
  /** How the calls of one operation spread over latency, and the slowest of them. */
  callsOf(entry: OperationEntry): Pick<OperationDetail, 'distribution' | 'slowest'>;
}

interface OperationMark {
  readonly at: number;
  readonly count: number;
  readonly errors: number;
}

/** A day of history, the totals of all requests, and the slowest calls of each operation. */
export function createHistoryPart({ recorder, clock, parts, traceOf }: HistoryPartOptions): HistoryPart {
  const history = new History();
  const totals = new RequestTotals(recorder);
  const slowest = new EntrySlot(() => new SlowestCalls());
  const marks = new Map<OperationEntry, OperationMark>();
  const wallTime = (): number => clock.timeOrigin + clock.now();
  let timer: Timer | undefined;
  let samples = 0;
  let latest: TotalsSnapshot | undefined;

  const sampleProcess = (): void => {
    const step = totals.look();
    latest = totals.snapshot();
    const { latency } = latest;
    history.addProcess(wallTime(), {
      ...step,
      ...latencyColumns(latency),
      active: recorder.active,
      queued: recorder.queued,
      sessions: recorder.sessions.open.size,
      ...Object.assign({}, ...parts.map((part) => part.gauges?.() ?? {})),
    });
  };
  const sampleOperations = (): void => {
    const at = recorder.now();
    for (const entry of recorder.entries()) {
      const { count, errors } = entry;
      const before = marks.get(entry) ?? { at: recorder.startedAt, count: 0, errors: 0 };
      const idle = count === before.count;
      const sample = {
        seconds: (at - before.at) / 1000,
        requests: count - before.count,
        errors: errors - before.errors,
      };
      if (idle && count === 0) continue;
      const latency = entry.window.summary(at);
      if (history.addOperation(entry.name, wallTime(), { ...sample, ...latencyColumns(latency) })) {
        marks.set(entry, { at, count, errors });
      }
    }
  };

  return {
    read({ operation, resolutionMs, fromMs }) {
      const slice = history.read(operation, resolutionMs, wallTime(), fromMs);
      if (slice !== undefined || ![...recorder.entries()].some(({ name }) => name === operation)) return slice;
      return { resolutionSeconds: resolutionMs / 1000, timestamps: [], columns: {} };
    },
    snapshot: () => ({ totals: totals.snapshot() }),
    live: () => ({ totals: latest ?? totals.snapshot() }),
    onSettled(operation, entry) {
      const calls = slowest.of(entry);
      const seconds = operation.durationMs / 1000;
      if (!calls.isAmong(seconds, operation.sendTo)) return;
      const endedAt = clock.timeOrigin + operation.sendTo;
      calls.add({ endedAt, seconds, ...traceOf(operation), errorType: operation.outcome.errorType }, operation.sendTo);
    },
    start() {
      timer ??= clock.every(SAMPLE_INTERVAL_MS, () => {
        sampleProcess();
        samples += 1;
        if (samples % SAMPLES_PER_OPERATION_SAMPLE === 0) sampleOperations();
      });
    },
    stop() {
      timer?.stop();
      timer = undefined;
    },
    callsOf(entry) {
      const now = recorder.now();
      return { distribution: latencyDistribution(entry.window, now), slowest: slowest.of(entry).list(now) ?? [] };
    },
  };
}

function latencyColumns({ mean, quantiles }: LatencySummary): Record<'mean' | 'p50' | 'p95' | 'p99', number> {
  const at = (wanted: number): number => quantiles.find(({ quantile }) => quantile === wanted)?.seconds ?? Number.NaN;
  return { mean: mean ?? Number.NaN, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}
