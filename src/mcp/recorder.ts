import { monotonicNow } from '../core/clock.ts';
import { ExplicitHistogram } from '../core/explicit-histogram.ts';
import { OTHER } from '../semconv/attributes.ts';
import { MESSAGE_SIZE_BOUNDARIES, OPERATION_DURATION_BOUNDARIES } from '../semconv/boundaries.ts';
import { STAGES } from '../semconv/stages.ts';
import type { Connection } from './connection.ts';
import type { ConnectionKind } from './connection-kind.ts';
import { DEFAULT_NAME_LIMITS, type NameLimits, NameRegistry } from './name-registry.ts';
import type { Operation, Outcome } from './operation.ts';
import { OperationEntry, type TargetKind } from './operation-entry.ts';
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

/** What a listener gets when an operation has finished: everything about it is settled. */
export type FinishedListener = (operation: Operation, entry: OperationEntry, stagesMs: Float64Array) => void;

const METHOD_OF_TARGET: Readonly<Record<string, Exclude<TargetKind, undefined>>> = {
  'tools/call': 'tool',
  'prompts/get': 'prompt',
};

/** Longest-lived object of the instrumentation: all series and windows of this process. */
export class Recorder {
  readonly names: NameRegistry;
  readonly sessions: SessionStore;
  readonly now: () => number;
  readonly startedAt: number;
  windowMs: number;
  readonly boundaries: readonly number[];
  readonly sentSizes: Map<string, ExplicitHistogram> = new Map();
  readonly receivedSizes: Map<string, ExplicitHistogram> = new Map();
  /** Failures inside the instrumentation that were contained, by class name. */
  readonly selfErrors: Map<string, number> = new Map();
  /** Called for every finished operation, whatever the head sampler said; set by the composition root. */
  onFinished: FinishedListener | undefined = undefined;
  active = 0;
  peak = 0;
  /** Requests received whose handler has not started. */
  queued = 0;
  /** Requests in flight by method label and transport. */
  readonly activeByMethod: Map<string, Map<ConnectionKind['transport'], number>> = new Map();
  readonly #entries = new Map<string, OperationEntry>();
  readonly #servers = new WeakMap<ProtocolLike, McpServerLike>();
  readonly #stagesMs = new Float64Array(STAGES.length);

  constructor(options: RecorderOptions = {}) {
    this.names = new NameRegistry(options.names ?? DEFAULT_NAME_LIMITS);
    this.now = options.now ?? monotonicNow;
    this.startedAt = this.now();
    this.windowMs = options.windowMs ?? 60_000;
    this.boundaries = options.boundaries ?? OPERATION_DURATION_BOUNDARIES;
    this.sessions = new SessionStore(this.now);
  }

  /** Takes over what the configuration says; operations recorded before keep their windows and names. */
  configure(options: Required<Pick<RecorderOptions, 'names' | 'windowMs'>>): void {
    this.names.limit(options.names);
    this.windowMs = options.windowMs;
  }

  /** Remembers which high-level server owns a protocol object: its registry vouches for names. */
  link(server: McpServerLike): void {
    this.#servers.set(server.server, server);
  }

  serverOf(protocol: ProtocolLike): McpServerLike | undefined {
    return this.#servers.get(protocol);
  }

  /** All operations seen so far. */
  entries(): IterableIterator<OperationEntry> {
    return this.#entries.values();
  }

  /** Counts a request in; notifications are not in flight, they have no answer. */
  begin(operation: Operation): void {
    const { connection, method, requestedName } = operation;
    const label = this.names.method(method, connection.protocol);
    const kind = METHOD_OF_TARGET[method];
    if (kind === undefined) {
      operation.entry = this.#entry(label, undefined, undefined);
    } else if (requestedName !== undefined) {
      const target = this.names.target(kind, requestedName, this.#servers.get(connection.protocol));
      if (target !== undefined) operation.entry = this.#entry(label, kind, target);
    }
    operation.entry?.started();
    if (operation.requestId === undefined) return;
    this.active += 1;
    if (this.active > this.peak) this.peak = this.active;
    this.queued += 1;
    this.#addActive(label, connection.kind.transport, 1);
  }

  /** Closes an operation: the response has been handed over, or never will be. Idempotent. */
  finish(operation: Operation, outcome: Outcome, endAt: number = this.now()): void {
    if (operation.finished) return;
    operation.finished = true;
    operation.outcome = outcome;
    operation.sendTo = endAt;
    const { connection, method } = operation;
    if (operation.requestId !== undefined) {
      this.active -= 1;
      if (operation.handlerFrom === 0) this.queued -= 1;
      this.#addActive(this.names.method(method, connection.protocol), connection.kind.transport, -1);
    }
    if (operation.entry !== undefined) operation.entry.active -= 1;
    const entry = operation.entry ?? this.#lateEntry(operation, outcome);
    operation.entry = entry;
    operation.stageDurations(this.#stagesMs);
    entry.finished(operation, outcome, this.#stagesMs, endAt);
    if (operation.sentBytes > 0) this.#recordSize(this.sentSizes, entry.method, operation.sentBytes);
    if (operation.receivedBytes > 0) this.#recordSize(this.receivedSizes, entry.method, operation.receivedBytes);
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

  #lateEntry(operation: Operation, outcome: Outcome): OperationEntry {
    const { connection, method, requestedName } = operation;
    const label = this.names.method(method, connection.protocol);
    const kind = METHOD_OF_TARGET[method];
    let target: string | undefined;
    if (kind !== undefined && requestedName !== undefined) {
      target = this.names.target(kind, requestedName, this.#servers.get(connection.protocol));
      const answered = outcome.errorType === '' && outcome.statusCode === '';
      if (target === undefined && answered) target = this.names.vouch(kind, requestedName);
    }
    if (kind !== undefined && target === undefined) this.names.overflowed += 1;
    return this.#entry(label, kind, kind === undefined ? undefined : (target ?? OTHER));
  }

  #entry(method: string, targetKind: TargetKind, target: string | undefined): OperationEntry {
    const key = target === undefined ? method : `${method} ${target}`;
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      const { boundaries, windowMs } = this;
      entry = new OperationEntry(method, targetKind, target, { boundaries, windowMs });
      this.#entries.set(key, entry);
    }
    return entry;
  }

  #addActive(label: string, transport: ConnectionKind['transport'], change: number): void {
    let byTransport = this.activeByMethod.get(label);
    if (byTransport === undefined) {
      byTransport = new Map();
      this.activeByMethod.set(label, byTransport);
    }
    byTransport.set(transport, (byTransport.get(transport) ?? 0) + change);
  }

  #recordSize(sizes: Map<string, ExplicitHistogram>, method: string, bytes: number): void {
    let histogram = sizes.get(method);
    if (histogram === undefined) {
      histogram = new ExplicitHistogram(MESSAGE_SIZE_BOUNDARIES);
      sizes.set(method, histogram);
    }
    histogram.record(bytes);
  }
}
