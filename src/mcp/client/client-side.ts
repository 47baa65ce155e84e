import type { TransportLike } from '../sdk-shapes.ts';
import type { Session } from '../session-store.ts';
import type { ClientOperation } from './client-operation.ts';
import { LogicalCalls } from './logical-calls.ts';

/** What a connection knows as the sender of requests. */
export class ClientSide {
  /** Requests sent and not yet answered, by JSON-RPC id. */
  readonly pending: Map<string | number, ClientOperation> = new Map();
  readonly calls: LogicalCalls = new LogicalCalls();
  /** Host and port a client connects to; unknown over stdio and in memory. */
  readonly address: string | undefined;
  readonly port: number | undefined;
  session: Session | undefined = undefined;

  constructor(transport: TransportLike) {
    const url = transport._url;
    if (!(url instanceof URL)) return;
    this.address = url.hostname;
    this.port = url.port === '' ? defaultPort(url.protocol) : Number(url.port);
  }

  /** Removes and returns the open request an answer belongs to. The SDK compares ids as numbers. */
  settle(id: string | number): ClientOperation | undefined {
    const key = this.pending.has(id) ? id : Number(id);
    const operation = this.pending.get(key);
    if (operation !== undefined) this.pending.delete(key);
    return operation;
  }

  /** Drops a request that ended without an answer. */
  forget(operation: ClientOperation): void {
    const { requestId } = operation;
    if (requestId !== undefined && this.pending.get(requestId) === operation) this.pending.delete(requestId);
  }

  /** Removes and returns every open request. */
  drain(): ClientOperation[] {
    const open = [...this.pending.values()];
    this.pending.clear();
    return open;
  }
}

function defaultPort(protocol: string): number {
  return protocol === 'https:' || protocol === 'wss:' ? 443 : 80;
}
