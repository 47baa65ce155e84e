import { monotonicNow } from '../core/clock.ts';
import { OTHER } from '../semconv/attributes.ts';
import { OPERATION_DURATION_BOUNDARIES, STAGE_DURATION_BOUNDARIES } from '../semconv/boundaries.ts';
import { STAGES } from '../semconv/stages.ts';
import type { Connection } from './connection.ts';
import type { NetworkTransport } from './connection-kind.ts';
import { MethodEntry } from './method-entry.ts';
import { DEFAULT_NAME_LIMITS, type NameLimits, NameRegistry } from './name-registry.ts';
import type { Operation, Outcome } from './operation.ts';
import { OperationEntry } from './operation-entry.ts';
import type { McpServerLike, ProtocolLike } from './sdk-shapes.ts';
import { SessionStore } from './session-store.ts';

export interface RecorderOptions {
  readonly names?: NameLimits;
  /** Operation-duration boundaries in seconds, objective thresholds included. */
  readonly boundaries?: readonly number[];
  /** Length of the sliding latency window, default 60,000 ms. */
  readonly windowMs?: number;
  /** Monotonic milliseconds; injected in tests. */
  readonly now?: () => number;
}

/** What the configuration says about recording. */
export interface RecorderSettings {
  readonly names: NameLimits;
  readonly windowMs: number;
  /** Seconds, objective thresholds included; default: those of the conventions. */
  readonly boundaries?: readonly number[];
  readonly stageBoundaries?: readonly number[];
}

/** What a listener gets when an operation has finished: everything about it is settled. */
export type FinishedListener = (operation: Operation, entry: OperationEntry, stagesMs: Float64Array) => void;

/** File name of operations that address nothing by name. */
const NO_TARGET = '';

/** Longest-lived object of the instrumentation: all series and windows of this process. */
export class Recorder {
  readonly names: NameRegistry;
  readonly sessions: SessionStore;
  readonly now: () => number;
  readonly startedAt: number;
  windowMs: number;
  boundaries: readonly number[];
  stageBoundaries: readonly number[] = STAGE_DURATION_BOUNDARIES;
  /** Failures inside the instrumentation that were contained, by class name. */
  readonly selfErrors: Map<string, number> = new Map();
  /** Called for every finished operation, whatever the head sampler said; set by the composition root. */
  onFinished: FinishedListener | undefined = undefined;
  active = 0;
  peak = 0;
  /** Requests received whose handler has not started. */
  queued = 0;
  readonly #methods = new Map<string, MethodEntry>();
  readonly #servers = new WeakMap<ProtocolLike, McpServerLike>();
  readonly #stagesMs = new Float64Array(STAGES.length);
  /** Until the configuration has said which thresholds there are. */
  #movable: boolean;

  constructor(options: RecorderOptions = {}) {
    this.names = new NameRegistry(options.names ?? DEFAULT_NAME_LIMITS);
    this.now = options.now ?? monotonicNow;
    this.startedAt = this.now();
    this.windowMs = options.windowMs ?? 60_000;
    this.boundaries = options.boundaries ?? OPERATION_DURATION_BOUNDARIES;
    this.#movable = options.boundaries === undefined;
    this.sessions = new SessionStore(this.now);
  }

  /**
   * Takes over what the configuration says. Operations recorded before keep their windows and names; their histograms move to
   * the boundaries that all series have from now on.
   *
   * @returns how many durations recorded before went into the new buckets by their old one and not by themselves
   */
  configure(options: RecorderSettings): number {
    this.names.limit(options.names);
    this.windowMs = options.windowMs;
    if (!this.#movable) return 0;
    this.#movable = false;
    this.boundaries = options.boundaries ?? this.boundaries;
    this.stageBoundaries = options.stageBoundaries ?? this.stageBoundaries;
    let inexact = 0;
    for (const entry of this.entries()) inexact += entry.settle(this.boundaries, this.stageBoundaries);
    return inexact;
  }

  /** Remembers which high-level server owns a protocol object: its registry vouches for names. */
  link(server: McpServerLike): void {
    this.#servers.set(server.server, server);
  }

  /** The high-level server whose protocol object a connection attaches. */
  serverOf(connection: Connection): McpServerLike | undefined {
    connection.server ??= this.#servers.get(connection.protocol);
    return connection.server;
  }

  /** Methods seen so far. */
  methods(): Iterable<MethodEntry> {
    return this.#methods.values();
  }

  /** All operations seen so far. */
  *entries(): Generator<OperationEntry> {
    for (const method of this.#methods.values()) yield* method.operations.values();
  }

  /** Requests in flight by method and transport. */
  *inFlight(): Generator<{ method: string; transport: NetworkTransport; count: number }> {
    for (const method of this.#methods.values()) {
      for (const { transport, count } of method.inFlight()) yield { method: method.label, transport, count };
    }
  }

  /** Counts a request in; notifications are not in flight, they have no answer. */
  begin(operation: Operation): void {
    const { connection, requestedName } = operation;
    const method = this.#method(operation.method, connection.protocol);
    operation.methodEntry = method;
    const kind = method.targetKind;
    if (kind === undefined) {
      operation.entry = this.#operation(method, NO_TARGET);
    } else if (requestedName !== undefined) {
      operation.entry =
        method.operations.get(requestedName) ?? this.#vouchedOperation(method, kind, requestedName, connection);
    }
    operation.entry?.started();
    if (operation.requestId === undefined) return;
    this.active += 1;
    if (this.active > this.peak) this.peak = this.active;
    this.queued += 1;
    method.addInFlight(connection.kind.transportIndex, 1);
  }

  /** Closes an operation: the response has been handed over, or never will be. Idempotent. */
  finish(operation: Operation, outcome: Outcome, endAt: number = this.now()): void {
    if (operation.finished) return;
    operation.finished = true;
    operation.outcome = outcome;
    operation.sendTo = endAt;
    if (operation.requestId !== undefined) {
      this.active -= 1;
      if (operation.handlerFrom === 0) this.queued -= 1;
      operation.methodEntry?.addInFlight(operation.connection.kind.transportIndex, -1);
    }
    if (operation.entry !== undefined) operation.entry.active -= 1;
    const entry = operation.entry ?? this.#lateEntry(operation, outcome);
    operation.entry = entry;
    operation.stageDurations(this.#stagesMs);
    entry.finished(operation, outcome, this.#stagesMs, endAt);
    if (operation.sentBytes > 0) operation.methodEntry?.recordSent(operation.sentBytes);
    if (operation.receivedBytes > 0) operation.methodEntry?.recordReceived(operation.receivedBytes);
    operation.closed = true;
    this.onFinished?.(operation, entry, this.#stagesMs);
  }

  /** Closes everything a connection still has open, and its session. */
  close(connection: Connection, outcome: Outcome, sessionErrorType: string): void {
    if (connection.closed) return;
    connection.closed = true;
    const now = this.now();
    for (const operation of connection.drain()) this.finish(operation, outcome, now);
    if (connection.session !== undefined) this.sessions.end(connection.session, now, sessionErrorType);
  }

  /** Counts a contained failure of ours. */
  failed(error: unknown): void {
    const type = error instanceof Error ? error.name : OTHER;
    this.selfErrors.set(type, (this.selfErrors.get(type) ?? 0) + 1);
  }

  #method(name: string, protocol: ProtocolLike): MethodEntry {
    const known = this.#methods.get(name);
    if (known !== undefined) return known;
    const label = this.names.method(name, protocol);
    let method = this.#methods.get(label);
    if (method === undefined) {
      method = new MethodEntry(label);
      this.#methods.set(label, method);
    }
    return method;
  }

  /** The operation of a target the server vouches for before it has answered; else it is settled by the answer. */
  #vouchedOperation(
    method: MethodEntry,
    kind: 'tool' | 'prompt',
    name: string,
    connection: Connection,
  ): OperationEntry | undefined {
    const target = this.names.target(kind, name, this.serverOf(connection));
    return target === undefined ? undefined : this.#operation(method, target);
  }

  #lateEntry(operation: Operation, outcome: Outcome): OperationEntry {
    const { connection, requestedName } = operation;
    operation.methodEntry ??= this.#method(operation.method, connection.protocol);
    const method = operation.methodEntry;
    const kind = method.targetKind;
    if (kind === undefined) return this.#operation(method, NO_TARGET);
    let target: string | undefined;
    if (requestedName !== undefined) {
      target = this.names.target(kind, requestedName, this.serverOf(connection));
      const answered = outcome.errorType === '' && outcome.statusCode === '';
      if (target === undefined && answered) target = this.names.vouch(kind, requestedName);
    }
    if (target === undefined) this.names.overflowed += 1;
    return this.#operation(method, target ?? OTHER);
  }

  #operation(method: MethodEntry, target: string): OperationEntry {
    let entry = method.operations.get(target);
    if (entry === undefined) {
      const { boundaries, stageBoundaries, windowMs } = this;
      const name = target === NO_TARGET ? undefined : target;
      const options = { boundaries, stageBoundaries, windowMs, movable: this.#movable };
      entry = new OperationEntry(method.label, method.targetKind, name, options);
      method.operations.set(target, entry);
    }
    return entry;
  }
}
