import type { ClientSide } from './client/client-side.ts';
import type { ConnectionKind } from './connection-kind.ts';
import type { Operation } from './operation.ts';
import { isClient, type ProtocolLike, type TransportLike } from './sdk-shapes.ts';
import type { Session } from './session-store.ts';

/** One protocol object attached to one transport: the operations in flight on it and the session it carries, if any. */
export class Connection {
  readonly protocol: ProtocolLike;
  readonly transport: TransportLike;
  readonly openedAt: number;
  kind: ConnectionKind;
  /** Requests received and not yet answered, by JSON-RPC id. */
  readonly pending: Map<string | number, Operation> = new Map();
  /** The session this connection carries; stateless exchanges have none. */
  session: Session | undefined = undefined;
  /** Notifications dispatched whose handler has not been called yet; each waits for a microtask only. */
  readonly notifications: Operation[] = [];
  /** Requests of our own and the session as their sender sees it; only where something has been sent. */
  clientSide: ClientSide | undefined = undefined;
  /** Whether the protocol object is a client's: then the session is its own and not a server's. */
  readonly isClient: boolean;
  closed = false;

  constructor(protocol: ProtocolLike, transport: TransportLike, kind: ConnectionKind, openedAt: number) {
    this.isClient = isClient(protocol);
    this.protocol = protocol;
    this.transport = transport;
    this.kind = kind;
    this.openedAt = openedAt;
  }

  /** Registers an operation under its id; a reused id shadows the earlier operation instead of losing it. */
  track(operation: Operation, id: string | number): void {
    operation.shadowed = this.pending.get(id);
    this.pending.set(id, operation);
  }

  /** Removes and returns the newest open operation with that id. */
  settle(id: string | number): Operation | undefined {
    const operation = this.pending.get(id);
    if (operation === undefined) return undefined;
    if (operation.shadowed === undefined) this.pending.delete(id);
    else this.pending.set(id, operation.shadowed);
    return operation;
  }

  /** Removes and returns everything still open. */
  drain(): Operation[] {
    const open: Operation[] = [];
    for (const newest of this.pending.values()) {
      for (let operation: Operation | undefined = newest; operation !== undefined; operation = operation.shadowed) {
        open.push(operation);
      }
    }
    this.pending.clear();
    return open;
  }
}
