/**
 * The few shapes of the MCP SDKs the instrumentation touches, found by structure and never by version: they hold for every
 * published 1.x (from 1.5) and 2.x, ESM and CJS, bundled or not, because property names survive minification.
 */
export interface JsonRpcMessage {
  readonly jsonrpc?: string;
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly code?: unknown; readonly message?: unknown };
}

export type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

/** `Protocol` and its subclasses `Server` and `Client`. */
export interface ProtocolLike {
  _transport?: TransportLike;
  transport?: TransportLike;
  _requestHandlers?: Map<string, AnyFunction>;
  _notificationHandlers?: Map<string, AnyFunction>;
  _requestHandlerAbortControllers?: Map<string | number, AbortController>;
  _negotiatedProtocolVersion?: string;
  _serverInfo?: { name?: unknown; version?: unknown };
  _clientInfo?: { name?: unknown; version?: unknown };
  fallbackRequestHandler?: AnyFunction;
  fallbackNotificationHandler?: AnyFunction;
}

/** Whether a protocol object is a client's. */
export function isClient(protocol: ProtocolLike): boolean {
  return '_clientInfo' in protocol && !('_serverInfo' in protocol);
}

/** `McpServer`: the high-level server that owns a `Server`. */
export interface McpServerLike {
  server: ProtocolLike;
  _registeredTools?: Record<string, RegisteredLike>;
  _registeredPrompts?: Record<string, RegisteredLike>;
}

/** A registered tool, prompt or resource; old SDKs keep the user's function in `callback`. */
export interface RegisteredLike {
  callback?: AnyFunction;
}

/** Any transport; the fields beyond `send` tell the kinds apart. */
export interface TransportLike {
  send(message: JsonRpcMessage, options?: unknown): Promise<unknown>;
  sessionId?: string;
  onmessage?: unknown;
  handleRequest?: AnyFunction;
  _stdin?: { once?: (event: string, listener: () => void) => unknown };
  _stdout?: { writableNeedDrain?: boolean; writableLength?: number; destroyed?: boolean };
  _wire?: TransportLike;
  _readBuffer?: { _buffer?: { length: number } };
  _otherTransport?: unknown;
  _socket?: unknown;
  /** Where a client over HTTP or WebSocket connects to. */
  _url?: unknown;
  /** How a client over stdio starts its server. */
  _serverParams?: { command?: unknown; args?: unknown };
}

/** What the SDK hands to a handler: 1.x calls it `extra`, 2.x `ctx`. */
export interface HandlerExtra {
  requestId?: string | number;
  mcpReq?: { id?: string | number };
}

/** The JSON-RPC id of the request a handler serves, from either generation's second argument. */
export function requestIdOf(extra: unknown): string | number | undefined {
  if (typeof extra !== 'object' || extra === null) return undefined;
  const { requestId, mcpReq } = extra as HandlerExtra;
  return requestId ?? mcpReq?.id;
}

/** The prototype in `start`'s chain that itself owns a function `name`. */
export function prototypeOwning(start: object, name: string): Record<string, unknown> | undefined {
  for (
    let proto = Object.getPrototypeOf(start);
    proto !== null && proto !== Object.prototype;
    proto = Object.getPrototypeOf(proto)
  ) {
    if (Object.hasOwn(proto, name) && typeof (proto as Record<string, unknown>)[name] === 'function') {
      return proto as Record<string, unknown>;
    }
  }
  return undefined;
}
