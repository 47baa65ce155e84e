import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { Connection } from '../../../src/mcp/connection.ts';
import { connectionKind } from '../../../src/mcp/connection-kind.ts';
import { Operation } from '../../../src/mcp/operation.ts';
import type { ProtocolLike, TransportLike } from '../../../src/mcp/sdk-shapes.ts';
import type { SpanContext } from '../../../src/mcp/span-types.ts';

/** A connection between a real protocol object and a real transport, not started. */
export function connectionOfServer(
  server: unknown = new Server({ name: 'unit', version: '1' }),
  openedAt = 0,
): Connection {
  const [, transport] = InMemoryTransport.createLinkedPair();
  const kind = connectionKind('inproc', '', '');
  return new Connection(server as ProtocolLike, transport as unknown as TransportLike, kind, openedAt);
}

export interface OperationParts {
  readonly connection?: Connection;
  readonly method?: string;
  readonly name?: string;
  readonly id?: string | number | undefined;
  readonly receivedAt?: number;
  readonly parseMs?: number;
  readonly dispatchedAt?: number;
  readonly parent?: SpanContext;
  readonly sampled?: boolean;
}

/** An operation at its dispatch; a request with id 1 to `ping` unless told otherwise. */
export function operationOf(parts: OperationParts = {}): Operation {
  const { connection = connectionOfServer(), method = 'ping', receivedAt = 0, parseMs = 0 } = parts;
  const id = 'id' in parts ? parts.id : 1;
  const times = { receivedAt, parseMs, dispatchedAt: parts.dispatchedAt ?? receivedAt + parseMs };
  return new Operation(connection, method, parts.name, id, times, parts.parent, parts.sampled ?? true);
}
