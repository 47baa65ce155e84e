import { OTHER } from '../../semconv/attributes.ts';
import { OPERATION_DURATION_BOUNDARIES } from '../../semconv/boundaries.ts';
import type { Connection } from '../connection.ts';
import { DEFAULT_NAME_LIMITS, type NameLimits, NameRegistry } from '../name-registry.ts';
import type { Outcome } from '../operation.ts';
import { OperationTally, targetKindOf } from '../operation-tally.ts';
import type { ProtocolLike } from '../sdk-shapes.ts';
import { SessionStore } from '../session-store.ts';
import type { ClientOperation } from './client-operation.ts';

/** What a listener gets when a request has been answered, or will not be. */
export type ClientFinishedListener = (operation: ClientOperation, entry: OperationTally) => void;

const NO_TARGET = '';
/** Handlers of our own say nothing about the methods of the peer. */
const NO_HANDLERS: ProtocolLike = {};
/** From this revision on there are no sessions: every request stands for itself. */
const FIRST_WITHOUT_SESSIONS = '2026-07-28';

/**
 * All series and windows of what this process asks of others. It is apart from what the process serves: the names are the
 * peers', with bounds of their own, and nobody takes one side for the other.
 */
export class ClientRecorder {
  readonly names: NameRegistry = new NameRegistry(DEFAULT_NAME_LIMITS);
  readonly sessions: SessionStore;
  readonly now: () => number;
  /** Called for every finished operation, whatever the head sampler said; set by the composition root. */
  onFinished: ClientFinishedListener | undefined = undefined;
  windowMs = 60_000;
  active = 0;
  peak = 0;
  readonly #entries = new Map<string, Map<string, OperationTally>>();

  constructor(now: () => number) {
    this.now = now;
    this.sessions = new SessionStore(now);
  }

  /** Takes over what the configuration says; operations recorded before keep their windows and names. */
  configure(options: { readonly names: NameLimits; readonly windowMs: number }): void {
    this.names.limit(options.names);
    this.windowMs = options.windowMs;
  }

  /** All operations sent so far. */
  *entries(): Generator<OperationTally> {
    for (const targets of this.#entries.values()) yield* targets.values();
  }

  begin(operation: ClientOperation): void {
    operation.entry = this.#knownEntry(operation);
    operation.entry?.started();
    if (operation.requestId === undefined) return;
    this.active += 1;
    if (this.active > this.peak) this.peak = this.active;
  }

  /** Closes an operation. Idempotent. */
  finish(operation: ClientOperation, outcome: Outcome, endedAt: number = this.now()): void {
    if (operation.finished) return;
    operation.finished = true;
    operation.outcome = outcome;
    operation.endedAt = endedAt;
    operation.closed = true;
    if (operation.requestId !== undefined) this.active -= 1;
    let { entry } = operation;
    if (entry === undefined) {
      entry = this.#answeredEntry(operation, outcome);
      operation.entry = entry;
    } else {
      entry.active -= 1;
    }
    entry.add(operation.connection.kind, outcome, operation.durationMs / 1000, endedAt);
    this.onFinished?.(operation, entry);
  }

  /** Closes everything a connection has sent and not been answered, and its session. */
  close(connection: Connection, outcome: Outcome): void {
    const side = connection.clientSide;
    if (side === undefined) return;
    const now = this.now();
    for (const operation of side.drain()) this.finish(operation, outcome, now);
    const { session } = side;
    if (session === undefined) return;
    const version = connection.protocol._negotiatedProtocolVersion ?? connection.kind.protocolVersion;
    if (version >= FIRST_WITHOUT_SESSIONS) this.sessions.forget(session);
    else this.sessions.end(session, now, '');
  }

  /** The entry of an operation whose name is known already: its method is standard, its target listed or called before. */
  #knownEntry(operation: ClientOperation): OperationTally | undefined {
    const method = this.names.method(operation.method, NO_HANDLERS);
    if (method === OTHER) return undefined;
    const kind = targetKindOf(method);
    if (kind === undefined) return this.#entry(method, NO_TARGET);
    const { requestedName } = operation;
    const target = requestedName === undefined ? undefined : this.names.target(kind, requestedName, undefined);
    return target === undefined ? undefined : this.#entry(method, target);
  }

  #answeredEntry(operation: ClientOperation, outcome: Outcome): OperationTally {
    const { requestedName, requestId } = operation;
    const vouched = requestId !== undefined && outcome.errorType === '';
    let method = this.names.method(operation.method, NO_HANDLERS);
    if (method === OTHER && vouched && this.names.vouchMethod(operation.method)) method = operation.method;
    const kind = targetKindOf(method);
    if (kind === undefined) {
      if (method === OTHER) this.names.overflowed += 1;
      return this.#entry(method, NO_TARGET);
    }
    let target: string | undefined;
    if (requestedName !== undefined) {
      target = this.names.target(kind, requestedName, undefined);
      if (target === undefined && vouched) target = this.names.vouch(kind, requestedName);
    }
    if (target === undefined) this.names.overflowed += 1;
    return this.#entry(method, target ?? OTHER);
  }

  #entry(method: string, target: string): OperationTally {
    let targets = this.#entries.get(method);
    if (targets === undefined) {
      targets = new Map();
      this.#entries.set(method, targets);
    }
    let entry = targets.get(target);
    if (entry === undefined) {
      const name = target === NO_TARGET ? undefined : target;
      const options = { boundaries: OPERATION_DURATION_BOUNDARIES, windowMs: this.windowMs };
      entry = new OperationTally(method, targetKindOf(method), name, options);
      targets.set(target, entry);
    }
    return entry;
  }
}
