import { ERROR_TYPE_VALUE_CONNECTION_CLOSED, ERROR_TYPE_VALUE_TIMEOUT } from '../../semconv/attributes.ts';
import { Connection } from '../connection.ts';
import { connectionKind } from '../connection-kind.ts';
import { isStamped, markStamped } from '../handler-stamps.ts';
import type { Instrumentation } from '../instrumentation.ts';
import { outcomeOfFailure } from '../outcome.ts';
import { replaceOwn } from '../replace-own.ts';
import {
  type AnyFunction,
  type JsonRpcMessage,
  type ProtocolLike,
  prototypeOwning,
  type TransportLike,
} from '../sdk-shapes.ts';
import { takeAnswer } from './answers.ts';
import type { ClientOperation } from './client-operation.ts';

const PROBE = 'server/discover';
/** Clients that connect at the same time; with more, the probe of the oldest is not seen. */
const MAX_CONNECTING = 64;

interface Handlers {
  onmessage?: unknown;
  onclose?: unknown;
}

/**
 * The exchange in which a client of SDK 2.x finds out what a server speaks, before its protocol object attaches: it sends
 * `server/discover` over the bare transport and reads the answer itself; over stdio even from a second process that it
 * starts for that. The attempts and a handshake that follows are linked, as they are one connect of the user's.
 */
export class Negotiations {
  readonly #instrumentation: Instrumentation;
  /** The last probe of a client whose connect is still going on. */
  readonly #probes = new WeakMap<ProtocolLike, ClientOperation>();
  readonly #connecting: Connection[] = [];

  constructor(instrumentation: Instrumentation) {
    this.#instrumentation = instrumentation;
  }

  /** A client begins to connect. Over stdio the probe uses another transport, of the same class and parameters. */
  connecting(connection: Connection): void {
    const { transport } = connection;
    if (transport._serverParams === undefined) return;
    this.#connecting.push(connection);
    if (this.#connecting.length > MAX_CONNECTING) this.#connecting.shift();
    const prototype = prototypeOwning(transport, '_dispose');
    if (prototype !== undefined) replaceOwn(prototype, 'send', (original) => this.#sendOfSibling(original));
  }

  /** The protocol object attaches to its transport. */
  attached(connection: Connection): void {
    const position = this.#connecting.indexOf(connection);
    if (position >= 0) this.#connecting.splice(position, 1);
  }

  /** A request is about to be sent: links it to the probe before it, and watches for the answer of a probe. */
  sending(operation: ClientOperation): void {
    const { protocol, transport } = operation.connection;
    const isProbe = operation.method === PROBE && protocol._transport !== transport;
    if (!isProbe && operation.method !== 'initialize') return;
    const earlier = this.#probes.get(protocol);
    if (earlier !== undefined) {
      // The SDK gave up waiting for it without a word.
      earlier.connection.clientSide?.forget(earlier);
      this.#instrumentation.clients.finish(earlier, outcomeOfFailure(ERROR_TYPE_VALUE_TIMEOUT));
      operation.addLink({ context: earlier.spanContext() });
    }
    if (!isProbe) {
      this.#probes.delete(protocol);
      return;
    }
    this.#probes.set(protocol, operation);
    this.#watch(operation);
  }

  #watch(probe: ClientOperation): void {
    const { connection } = probe;
    const instrumentation = this.#instrumentation;
    const handlers = connection.transport as Handlers;
    handlers.onmessage = before(handlers.onmessage, (message) => {
      instrumentation.guard(() => takeAnswer(instrumentation, connection, message));
    });
    handlers.onclose = before(handlers.onclose, () => {
      connection.clientSide?.forget(probe);
      const outcome = outcomeOfFailure(ERROR_TYPE_VALUE_CONNECTION_CLOSED);
      instrumentation.guard(() => instrumentation.clients.finish(probe, outcome));
    });
  }

  #sendOfSibling(original: AnyFunction): AnyFunction {
    const adopt = (transport: TransportLike, message: JsonRpcMessage | undefined): boolean =>
      this.#instrumentation.guard(() => this.#adopt(transport, message)) === true;
    return function (this: unknown, ...args: unknown[]): unknown {
      const transport = this as TransportLike;
      const adopted = adopt(transport, args[0] as JsonRpcMessage | undefined);
      // Adopting has put a `send` of its own on the transport, which comes back here.
      return adopted ? transport.send(args[0] as JsonRpcMessage, args[1]) : Reflect.apply(original, this, args);
    };
  }

  #adopt(transport: TransportLike, message: JsonRpcMessage | undefined): boolean {
    if (message?.method !== PROBE || this.#instrumentation.connectionOf(transport) !== undefined) return false;
    const params = transport._serverParams;
    const main = this.#connecting.find(({ transport: { _serverParams: own } }) => {
      return own?.command === params?.command && own?.args === params?.args;
    });
    if (main === undefined) return false;
    const kind = connectionKind('pipe', '', '');
    this.#instrumentation.register(new Connection(main.protocol, transport, kind, this.#instrumentation.now()));
    return true;
  }
}

/** A handler that is told first what the given one then gets. */
function before(handler: unknown, tell: (first: unknown) => void): unknown {
  if (typeof handler !== 'function' || isStamped(handler as AnyFunction)) return handler;
  return markStamped(function (this: unknown, ...args: unknown[]): unknown {
    tell(args[0]);
    return Reflect.apply(handler, this, args);
  });
}
