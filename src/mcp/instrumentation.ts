import { monotonicNow } from '../core/clock.ts';
import type { Diag } from '../core/diag.ts';
import type { ComponentTracker } from '../core/model/timing.ts';
import { ClientRecorder } from './client/client-recorder.ts';
import { Negotiations } from './client/negotiations.ts';
import { NOTHING_LEAVES, type OutgoingPolicy } from './client/trace-injection.ts';
import { Connection } from './connection.ts';
import { kindOfTransport } from './connection-kind.ts';
import type { ContentCapture } from './content.ts';
import { type ContextBridge, directBridge } from './context-bridge.ts';
import { markStamped } from './handler-stamps.ts';
import { takeOverSpansOf } from './handler-telemetry.ts';
import type { Operation } from './operation.ts';
import { patchMcpServer } from './patch-mcp-server.ts';
import { patchProtocol } from './patch-protocol.ts';
import { patchTransport } from './patch-transport.ts';
import { ReceiptClock } from './receipt.ts';
import { Recorder } from './recorder.ts';
import { replaceOwn } from './replace-own.ts';
import {
  type AnyFunction,
  type McpServerLike,
  type ProtocolLike,
  prototypeOwning,
  type TransportLike,
} from './sdk-shapes.ts';
import { SerializationMeter } from './serialization.ts';
import { WriteBacklog } from './write-backlog.ts';

/** Calls that the source transform puts into the SDK; every copy of the SDK in the process makes them. */
export interface SdkHook {
  /** `connect(transport)` of a protocol object or of a high-level server begins. */
  connect(target: unknown, transport: unknown): void;
  /** A protocol object or a high-level server is being constructed. */
  construct(target: unknown): void;
  /** A transport begins to parse a chunk. */
  receive(transport: unknown): void;
}

export interface InstrumentationOptions {
  readonly recorder?: Recorder;
  readonly diag?: Diag;
  readonly now?: () => number;
}

/**
 * Measures every MCP server and client in the process by patching the prototypes found at its protocol objects, once each.
 *
 * Whatever goes wrong in here is contained, counted and never reaches the server: the original is always called, with the
 * arguments and the receiver it would have had.
 */
export class Instrumentation implements SdkHook {
  readonly recorder: Recorder;
  readonly receipts: ReceiptClock;
  readonly serialization: SerializationMeter;
  /** Answers that clients have not read yet. */
  readonly backlog: WriteBacklog = new WriteBacklog();
  /** What this process asks of others. */
  readonly clients: ClientRecorder;
  readonly negotiations: Negotiations = new Negotiations(this);
  /** What leaves with outgoing messages; nothing until it is known. */
  outgoing: OutgoingPolicy = NOTHING_LEAVES;
  readonly now: () => number;
  bridge: ContextBridge = directBridge;
  /** Head decision for an operation without a parent, or with the given one. */
  sample: (parent: Operation['parentSpanContext']) => boolean = () => false;
  /** Records arguments and results on spans; `undefined` unless switched on. */
  content: ContentCapture | undefined = undefined;
  /** Files what operations call; found here by `vitals` of any copy of the package. */
  components: ComponentTracker | undefined = undefined;
  /** Whether a `setRequestHandler` is running; it calls itself through its superclass. */
  registering = false;
  /** The notification that is being dispatched right now; a client of SDK 2.x does it through its superclass. */
  notifying: unknown = undefined;
  /** The operation whose handler is being called right now, synchronously. */
  dispatching: Operation | undefined = undefined;
  /** Called once, when the first protocol object connects: time to load the rest of the product. */
  onFirstConnect: ((protocol: ProtocolLike) => void) | undefined = undefined;
  readonly #diag: Diag | undefined;
  readonly #connections = new WeakMap<object, Connection>();
  /** The connection asked for last: over stdio there is only one. */
  #latest: Connection | undefined = undefined;
  readonly #patched = new WeakSet<object>();
  #serializationInstalled = false;

  constructor(options: InstrumentationOptions = {}) {
    this.now = options.now ?? monotonicNow;
    this.recorder = options.recorder ?? new Recorder({ now: this.now });
    this.receipts = new ReceiptClock(this.now);
    this.serialization = new SerializationMeter(this.now);
    this.clients = new ClientRecorder(this.now);
    this.#diag = options.diag;
  }

  construct(target: unknown): void {
    this.guard(() => {
      if (typeof target === 'object' && target !== null) this.#patchPrototypes(target);
    });
  }

  connect(target: unknown, transport: unknown): void {
    this.guard(() => {
      if (!isObject(target) || !isObject(transport)) return;
      this.#patchPrototypes(target);
      if (prototypeOwning(target, '_onrequest') === undefined) return;
      const known = this.#connections.get(transport);
      if (known !== undefined) this.negotiations.attached(known);
      else if (typeof (transport as TransportLike).send === 'function') {
        this.#attach(target as ProtocolLike, transport as TransportLike);
      }
    });
  }

  /** Measures a server whose SDK was loaded without the source transform; to be called before it connects. */
  adopt(server: object): void {
    this.guard(() => {
      for (const target of [server, (server as Partial<McpServerLike>).server]) {
        if (!isObject(target)) continue;
        this.#patchPrototypes(target);
        const prototype = prototypeOwning(target, 'connect');
        if (prototype !== undefined) replaceOwn(prototype, 'connect', (original) => this.#announceConnect(original));
      }
    });
  }

  #announceConnect(original: AnyFunction): AnyFunction {
    const connect = (target: unknown, transport: unknown): void => this.connect(target, transport);
    return markStamped(function (this: unknown, ...args: unknown[]): unknown {
      connect(this, args[0]);
      return Reflect.apply(original, this, args);
    });
  }

  receive(transport: unknown): void {
    this.guard(() => {
      if (!isObject(transport)) return;
      this.receipts.chunk(transport as TransportLike);
      if (!this.#connections.has(transport)) this.#stampQueued(transport as TransportLike);
    });
  }

  /** The connection a transport belongs to. */
  connectionOf(transport: object | undefined): Connection | undefined {
    if (transport === undefined) return undefined;
    const latest = this.#latest;
    if (latest !== undefined && latest.transport === transport) return latest;
    const connection = this.#connections.get(transport);
    if (connection !== undefined && !connection.closed) this.#latest = connection;
    return connection;
  }

  /** Lets go of a connection that has closed. */
  forget(connection: Connection): void {
    if (this.#latest === connection) this.#latest = undefined;
  }

  /** Runs our own code; a failure is counted and reported once in a while, never thrown. */
  guard<Result>(fn: () => Result): Result | undefined {
    try {
      return fn();
    } catch (error) {
      this.contain(error);
      return undefined;
    }
  }

  /** Counts and reports a failure of our own. */
  contain(error: unknown): void {
    this.recorder.failed(error);
    const text = error instanceof Error ? error.message : String(error);
    this.#diag?.error('instrumentation', `a measurement failed and was skipped, the server is not affected: ${text}`);
  }

  #attach(protocol: ProtocolLike, transport: TransportLike): void {
    const connection = new Connection(protocol, transport, kindOfTransport(transport), this.now());
    const arrival = this.bridge.activeArrival();
    if (arrival !== undefined && arrival.sdkEntryAt === 0) arrival.sdkEntryAt = connection.openedAt;
    if (!this.#serializationInstalled) {
      this.#serializationInstalled = true;
      this.serialization.install();
    }
    this.register(connection);
    if (connection.isClient) {
      this.negotiations.connecting(connection);
    } else {
      // HTTP transports become a session only when they carry a session id, which the first request brings. A protocol
      // object that has a transport refuses another one, from SDK 1.26 on: then there may never be a session.
      if (connection.kind.protocolName === '' && protocol._transport === undefined) this.startSession(connection);
      this.#followInput(connection);
      this.backlog.follow((transport._wire ?? transport)._stdout);
    }
    const first = this.onFirstConnect;
    this.onFirstConnect = undefined;
    first?.(protocol);
  }

  /** Measures what goes over the transport of a connection. */
  register(connection: Connection): void {
    // May fail on a transport that takes no new `send`: what cannot be seen to be answered must not be seen to begin.
    patchTransport(this, connection);
    this.#connections.set(connection.transport, connection);
  }

  /** A stdio client that goes closes its end first; the server may exit any moment from then on. */
  #followInput({ transport, session }: Connection): void {
    const input = (transport._wire ?? transport)._stdin;
    const once = input?.once;
    if (typeof once !== 'function' || session === undefined) return;
    const end = (): void => this.recorder.sessions.end(session, this.now(), '');
    once.call(input, 'end', () => this.guard(end));
  }

  /** Opens the connection's session unless it has one already. */
  startSession(connection: Connection): void {
    connection.session ??= this.recorder.sessions.begin(connection.kind, connection.openedAt, connection.transport);
  }

  #patchPrototypes(target: object): void {
    const protocolPrototype = prototypeOwning(target, '_onrequest');
    if (protocolPrototype !== undefined) {
      this.#once(protocolPrototype, () => patchProtocol(this, protocolPrototype));
      // Servers and clients override the one, clients of SDK 2.x the other, to see their own messages first.
      for (const name of ['setRequestHandler', '_onnotification']) {
        const overriding = prototypeOwning(target, name);
        if (overriding !== undefined) this.#once(overriding, () => patchProtocol(this, overriding));
      }
    }
    // Own fields only: a class that merely has a method of that name must not have its getters called.
    if (!Object.hasOwn(target, '_registeredTools')) return;
    const serverPrototype = prototypeOwning(target, 'connect');
    if (serverPrototype !== undefined) this.#once(serverPrototype, () => patchMcpServer(this, serverPrototype));
    const { server } = target as Partial<McpServerLike>;
    if (!isObject(server)) return;
    this.recorder.link(target as McpServerLike);
    takeOverSpansOf(target, (attributes) => this.bridge.takeOver(attributes));
  }

  #once(prototype: object, patch: () => void): void {
    if (this.#patched.has(prototype)) return;
    this.#patched.add(prototype);
    patch();
  }

  /** Messages of a transport without a protocol object of its own (`serveStdio`) wait in a queue before they are dispatched. */
  #stampQueued(transport: TransportLike & { onmessage?: unknown }): void {
    const current = transport.onmessage;
    if (typeof current !== 'function' || this.#patched.has(current)) return;
    const receipts = this.receipts;
    const stamped = function (this: unknown, ...args: unknown[]): unknown {
      receipts.keep(args[0]);
      return Reflect.apply(current, this, args);
    };
    this.#patched.add(stamped);
    transport.onmessage = stamped;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
