import type { CallTotals, ComponentRef } from '../../core/call-log.ts';
import { STAGE_EXECUTION, STAGE_QUEUE } from '../../semconv/stages.ts';
import { type CallMeans, CallSamples } from './call-samples.ts';
import {
  CAUSE_COLLECTION,
  CAUSE_COMPUTING,
  CAUSE_EVENT_LOOP,
  CAUSE_PROCESSOR,
  type Cause,
  FIXED_CAUSES,
} from './causes.ts';
import { type CallMoments, LoopLog, type LoopShare } from './loop-log.ts';

/** A call that is over; times are monotonic milliseconds, 0 stands for never. */
export interface FinishedCall extends CallMoments {
  /** By stage, in the order of `STAGES`. */
  readonly stagesMs: Float64Array;
  readonly components: CallTotals | undefined;
}

/** What an operation takes at the moment, to tell its slow calls from its normal ones. Milliseconds. */
export interface Levels {
  readonly medianMs: number;
  readonly p95Ms: number;
  /** The objective on its P95, where there is one. */
  readonly objectiveMs: number | undefined;
}

/** Slow calls beside normal ones. */
export interface Comparison {
  readonly operation: string;
  readonly causes: readonly Cause[];
  readonly slow: CallMeans;
  readonly normal: CallMeans;
  /** The lowest median of the last half hour or so: what the operation takes when all is well. */
  readonly usualMs: number;
}

/** Operations with samples of their own, the first to be used: 30 KiB each. */
const MAX_OPERATIONS = 50;
/** Components told apart per operation; the rest is one. */
const MAX_COMPONENTS = 16;
const WIDTH = FIXED_CAUSES.length + MAX_COMPONENTS;
/** Calls whose share of the event loop is not known yet. */
const MAX_PENDING = 256;
/** Collections are reported, and the calls that took part have ended, this long after the event loop stood still … */
const BLOCKS_SETTLED_AFTER_MS = 1_000;
/** … and what held up a call is over and settled this long after the call. */
const SETTLED_AFTER_MS = 2_000;
/** Samples are spread over time: a busy moment does not push everything else out. */
const NORMAL_EVERY_MS = 200;
const SLOW_EVERY_MS = 20;
/** What is usual follows upwards by this much per look (every 5 s): it doubles in half an hour. */
const USUAL_GROWS = 1.002;
const RECENT_MS = 60_000;
const LATELY_MS = 300_000;
const FEWEST_SLOW = 5;

/** What is kept of one operation. */
export interface BookedOperation {
  readonly name: string;
  readonly slow: CallSamples;
  readonly normal: CallSamples;
  readonly causes: Cause[];
  readonly columns: Map<ComponentRef, number>;
  levels: Levels | undefined;
  usualMs: number;
  slowFromMs: number;
  normalUpToMs: number;
  lastNormalAt: number;
  lastSlowAt: number;
}

interface Pending {
  readonly causesMs: Float64Array;
  operation: BookedOperation;
  call: number;
  from: number;
  to: number;
  isSlow: boolean;
}

/** Samples of slow and of normal calls per operation, with the causes of their time. Everything in it is bounded. */
export class CallBook {
  readonly loop: LoopLog = new LoopLog();
  readonly #operations = new Map<string, BookedOperation>();
  readonly #free: Pending[] = [];
  #pending: Pending[] = [];
  #rows = 0;
  #calls = 0;
  #lastCallAt = Number.NEGATIVE_INFINITY;

  /** What is kept of an operation; `undefined` for those beyond the bound. */
  operation(name: string): BookedOperation | undefined {
    return this.#operations.get(name) ?? this.#add(name);
  }

  /** Files a call. On the request path: adds numbers, and copies one row for the few that are kept. */
  finished(operation: BookedOperation | undefined, call: FinishedCall): void {
    this.#calls += 1;
    const { sentAt } = call;
    this.#lastCallAt = sentAt;
    this.loop.finished(this.#calls, call);
    if (operation === undefined) return;
    const duration = sentAt - call.receivedAt;
    const isSlow = duration > operation.slowFromMs;
    if (isSlow) {
      if (sentAt - operation.lastSlowAt < SLOW_EVERY_MS) return;
      operation.lastSlowAt = sentAt;
    } else {
      if (duration > operation.normalUpToMs || sentAt - operation.lastNormalAt < NORMAL_EVERY_MS) return;
      operation.lastNormalAt = sentAt;
    }
    const row = this.#free.pop() ?? this.#newRow(operation);
    if (row === undefined) return;
    row.operation = operation;
    row.call = this.#calls;
    row.from = call.receivedAt;
    row.to = sentAt;
    row.isSlow = isSlow;
    fill(row.causesMs, call, operation);
    this.#pending.push(row);
  }

  /** Completes the calls that ended two seconds ago or earlier with what the event loop did meanwhile. */
  settle(nowMs: number): void {
    const before = nowMs - SETTLED_AFTER_MS;
    this.loop.settle(nowMs - BLOCKS_SETTLED_AFTER_MS);
    const waiting: Pending[] = [];
    for (const row of this.#pending) {
      if (row.to > before) {
        waiting.push(row);
        continue;
      }
      moveLoopTime(row.causesMs, this.loop.shareOf(row.call, row.from, row.to));
      const { operation, isSlow, from, to, causesMs } = row;
      (isSlow ? operation.slow : operation.normal).add(causesMs, to - from, to);
      this.#free.push(row);
    }
    this.#pending = waiting;
  }

  /** What an operation takes at the moment; to be told every 5 s. */
  setLevels(name: string, levels: Levels): void {
    const operation = this.#operations.get(name);
    if (operation === undefined) return;
    const { medianMs, p95Ms, objectiveMs = Number.POSITIVE_INFINITY } = levels;
    operation.levels = levels;
    operation.usualMs = Math.min(operation.usualMs * USUAL_GROWS, medianMs);
    // The slowest twentieth; when most calls have become slow, what is slow beside the usual.
    const relative = Math.max(1.5 * operation.usualMs, Math.min(p95Ms, 3 * operation.usualMs));
    operation.slowFromMs = Math.min(objectiveMs, relative);
    operation.normalUpToMs = Math.min(1.5 * operation.usualMs, operation.slowFromMs);
  }

  /** Slow calls of the last minute beside normal ones, whenever those were; of five minutes where there were few. */
  compare(name: string, nowMs: number): Comparison | undefined {
    const operation = this.#operations.get(name);
    if (operation?.levels === undefined) return undefined;
    const { slowFromMs, normalUpToMs, causes, usualMs } = operation;
    const since = (ms: number): CallMeans => {
      const slow = operation.slow.means(nowMs - ms, slowFromMs, Number.POSITIVE_INFINITY);
      return slow.count > 0 ? slow : operation.normal.means(nowMs - ms, slowFromMs, Number.POSITIVE_INFINITY);
    };
    const recent = since(RECENT_MS);
    const slow = recent.count >= FEWEST_SLOW ? recent : since(LATELY_MS);
    if (slow.count < FEWEST_SLOW) return undefined;
    const normal = operation.normal.means(Number.NEGATIVE_INFINITY, -1, normalUpToMs);
    return { operation: name, causes, slow, normal, usualMs };
  }

  /** Monotonic milliseconds; −∞ before the first call. */
  get lastCallAt(): number {
    return this.#lastCallAt;
  }

  operations(): Iterable<string> {
    return this.#operations.keys();
  }

  #add(name: string): BookedOperation | undefined {
    if (this.#operations.size >= MAX_OPERATIONS) return undefined;
    const operation: BookedOperation = {
      name,
      slow: new CallSamples(WIDTH),
      normal: new CallSamples(WIDTH),
      causes: [...FIXED_CAUSES],
      columns: new Map(),
      levels: undefined,
      usualMs: Number.POSITIVE_INFINITY,
      // Until more is known every call may be a normal one; those that were not are left out when they are compared.
      slowFromMs: Number.POSITIVE_INFINITY,
      normalUpToMs: Number.POSITIVE_INFINITY,
      lastNormalAt: Number.NEGATIVE_INFINITY,
      lastSlowAt: Number.NEGATIVE_INFINITY,
    };
    this.#operations.set(name, operation);
    return operation;
  }

  #newRow(operation: BookedOperation): Pending | undefined {
    if (this.#rows >= MAX_PENDING) return undefined;
    this.#rows += 1;
    return { causesMs: new Float64Array(WIDTH), operation, call: 0, from: 0, to: 0, isSlow: false };
  }
}

/** Stages and components of a call, the execution as what no component took. */
function fill(row: Float64Array, { stagesMs, components }: FinishedCall, operation: BookedOperation): void {
  row.fill(0);
  row.set(stagesMs);
  if (components === undefined) return;
  row[STAGE_EXECUTION] = Math.max(0, (stagesMs[STAGE_EXECUTION] as number) - components.busyMs);
  for (const { component, busyMs } of components.components) {
    const column = columnOf(operation, component);
    row[column] = (row[column] as number) + busyMs;
  }
}

function columnOf({ columns, causes }: BookedOperation, component: ComponentRef): number {
  const known = columns.get(component);
  if (known !== undefined) return known;
  if (causes.length >= WIDTH) return WIDTH - 1;
  const { kind, name } = component;
  const isLast = causes.length === WIDTH - 1;
  columns.set(component, causes.length);
  causes.push(
    isLast ? { kind: 'custom', name: 'other components' } : { kind, name: kind === name ? kind : `${kind} ${name}` },
  );
  return causes.length - 1;
}

/**
 * Gives the event loop its share of a call: what seemed to be own code or a component was in part the loop standing still. The sum of
 * the row stays as it is.
 */
function moveLoopTime(row: Float64Array, { ownMs, collectionMs, blockedMs, starvedMs, othersMs }: LoopShare): void {
  const waits = Array.from(row.keys()).filter((column) => column < CAUSE_COMPUTING || column >= FIXED_CAUSES.length);
  // Its own code first: that is what allocates, and what computes.
  move(row, [STAGE_EXECUTION], CAUSE_COLLECTION, collectionMs);
  const rest = collectionMs - (row[CAUSE_COLLECTION] as number);
  move(row, waits, CAUSE_COLLECTION, rest);
  move(row, [STAGE_EXECUTION], CAUSE_COMPUTING, ownMs);
  move(row, waits, CAUSE_EVENT_LOOP, blockedMs);
  move(row, waits, CAUSE_PROCESSOR, starvedMs);
  move(
    row,
    waits.filter((column) => column !== STAGE_QUEUE),
    STAGE_QUEUE,
    othersMs - (row[STAGE_QUEUE] as number),
  );
}

/** Moves up to so many milliseconds from some columns, in proportion to what they hold, to another. */
function move(row: Float64Array, from: readonly number[], to: number, ms: number): void {
  const held = from.reduce((sum, column) => sum + (row[column] as number), 0);
  const moved = Math.min(held, ms);
  if (!(moved > 0)) return;
  for (const column of from) row[column] = (row[column] as number) * (1 - moved / held);
  row[to] = (row[to] as number) + moved;
}
