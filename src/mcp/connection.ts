import type { ClientSide } from './client/client-side.ts';
import type { ConnectionKind } from './connection-kind.ts';
import type { Operation } from './operation.ts';
import { isClient, type McpServerLike, type ProtocolLike, type TransportLike } from './sdk-shapes.ts';
import type { Session } from './session-store.ts';

/** One protocol object attached to one transport: the operations in flight on it and the session it carries, if any. */
export class Connection {
  readonly protocol: ProtocolLike;
  readonly transport: TransportLike;
  readonly openedAt: number;
  kind: ConnectionKind;
  /** The high-level server that owns the protocol object, as far as there is one and it is known. */
  server: McpServerLike | undefined = undefined;
  /** The session this connection carries; stateless exchanges have none. */
  session: Session | undefined = undefined;
  /** Notifications dispatched whose handler has not been called yet; each waits for a microtask only. */
  readonly notifications: Operation[] = [];
  /** Requests of our own and the session as their sender sees it; only where something has been sent. */
  clientSide: ClientSide | undefined = undefined;
  /** Whether the protocol object is a client's: then the session is its own and not a server's. */
  readonly isClient: boolean;
  closed = false;
  /** Requests received and not yet answered. Mostly there is one at a time, and nothing has to be looked up. */
  #single: Operation | undefined = undefined;
  readonly #others = new Map<string | number, Operation>();

  constructor(protocol: ProtocolLike, transport: TransportLike, kind: ConnectionKind, openedAt: number) {
    this.isClient = isClient(protocol);
    this.protocol = protocol;
    this.transport = transport;
    this.kind = kind;
    this.openedAt = openedAt;
  }

  /** The newest open operation with that id. */
  operation(id: string | number): Operation | undefined {
    const single = this.#single;
    return single !== undefined && single.requestId === id ? single : this.#others.get(id);
  }

  /** Whether a request is open. */
  get isBusy(): boolean {
    return this.#single !== undefined || this.#others.size > 0;
  }

  /** Ids of what is open at this moment. */
  openIds(): (string | number)[] {
    const id = this.#single?.requestId;
    return id === undefined ? [...this.#others.keys()] : [id, ...this.#others.keys()];
  }

  /** Registers an operation under its id; a reused id shadows the earlier operation instead of losing it. */
  track(operation: Operation, id: string | number): void {
    const single = this.#single;
    if (single === undefined && this.#others.size === 0) {
      this.#single = operation;
    } else if (single?.requestId === id) {
      operation.shadowed = single;
      this.#single = operation;
    } else {
      operation.shadowed = this.#others.get(id);
      this.#others.set(id, operation);
    }
  }

  /** Removes and returns the newest open operation with that id. */
  settle(id: string | number): Operation | undefined {
    const single = this.#single;
    if (single !== undefined && single.requestId === id) {
      this.#single = single.shadowed;
      return single;
    }
    const operation = this.#others.get(id);
    if (operation === undefined) return undefined;
    if (operation.shadowed === undefined) this.#others.delete(id);
    else this.#others.set(id, operation.shadowed);
    return operation;
  }

  /** Removes and returns everything still open. */
  drain(): Operation[] {
    const open: Operation[] = [];
    for (const newest of [this.#single, ...this.#others.values()]) {
      for (let operation = newest; operation !== undefined; operation = operation.shadowed) open.push(operation);
    }
    this.#single = undefined;
    this.#others.clear();
    return open;
  }
}
