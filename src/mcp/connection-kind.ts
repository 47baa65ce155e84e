import { OTHER } from '../semconv/attributes.ts';
import type { TransportLike } from './sdk-shapes.ts';

/** `network.transport`; `inproc` stands for the in-memory transport, for which the conventions have no value. */
export const NETWORK_TRANSPORTS = ['pipe', 'tcp', 'inproc'] as const;
export type NetworkTransport = (typeof NETWORK_TRANSPORTS)[number];

/** What all operations of a connection have in common on their metrics; interned, so that a series key is an index. */
export interface ConnectionKind {
  readonly index: number;
  readonly transport: NetworkTransport;
  /** Position in {@link NETWORK_TRANSPORTS}. */
  readonly transportIndex: number;
  /** `network.protocol.name`, empty for stdio and in-memory. */
  readonly protocolName: string;
  /** `mcp.protocol.version`, empty while unknown. */
  readonly protocolVersion: string;
}

const MAX_KINDS = 64;
const REVISION = /^\d{4}-\d{2}-\d{2}$/;
const kinds = new Map<string, ConnectionKind>();

/** Interns a combination. Revisions that are not dates, and any beyond the bound, become `_OTHER`. */
export function connectionKind(
  transport: NetworkTransport,
  protocolName: string,
  protocolVersion: string,
): ConnectionKind {
  let version = protocolVersion === '' || REVISION.test(protocolVersion) ? protocolVersion : OTHER;
  if (kinds.size >= MAX_KINDS && !kinds.has(`${transport} ${protocolName} ${version}`)) version = OTHER;
  const key = `${transport} ${protocolName} ${version}`;
  let kind = kinds.get(key);
  if (kind === undefined) {
    const transportIndex = NETWORK_TRANSPORTS.indexOf(transport);
    kind = { index: kinds.size, transport, transportIndex, protocolName, protocolVersion: version };
    kinds.set(key, kind);
  }
  return kind;
}

/** The same kind with the protocol revision that the server has now agreed to. */
export function withProtocolVersion(kind: ConnectionKind, protocolVersion: string): ConnectionKind {
  if (kind.protocolVersion === protocolVersion) return kind;
  return connectionKind(kind.transport, kind.protocolName, protocolVersion);
}

/** Tells the transports apart by the fields they carry, not by class: nested, bundled and minified copies look the same. */
export function kindOfTransport(transport: TransportLike): ConnectionKind {
  const base = transport._wire ?? transport;
  if ('_stdin' in base || '_stdout' in base) return connectionKind('pipe', '', '');
  if ('_otherTransport' in base || ('_messageQueue' in base && !('handleRequest' in base))) {
    return connectionKind('inproc', '', '');
  }
  if ('_socket' in base) return connectionKind('tcp', 'websocket', '');
  const url = base._url;
  if (url instanceof URL) return connectionKind('tcp', url.protocol.startsWith('ws') ? 'websocket' : 'http', '');
  const looksLikeHttp =
    'handleRequest' in base || 'handlePostMessage' in base || 'handleMessage' in base || 'sessionId' in base;
  return looksLikeHttp ? connectionKind('tcp', 'http', '') : connectionKind('pipe', '', '');
}
