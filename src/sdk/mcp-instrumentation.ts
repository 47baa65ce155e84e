import { type MeterProvider, type TracerProvider, trace } from '@opentelemetry/api';
import { systemClock } from '../core/clock.ts';
import { ownFile } from '../core/own-file.ts';
import { VERSION } from '../core/version.ts';
import { directBridge } from '../mcp/context-bridge.ts';
import { Instrumentation } from '../mcp/instrumentation.ts';
import { installLoader } from '../mcp/loader/install.ts';
import { HOOK_SYMBOL_KEY } from '../mcp/loader/source-transform.ts';
import { inspectApplication } from './application-api.ts';
import { VitalsContextManager } from './context-manager.ts';
import { activeContext } from './contexts.ts';
import { createGuestBridge } from './guest-bridge.ts';
import { GuestSpans } from './guest-spans.ts';
import { createOtelBridge, followHttpArrivals } from './otel-bridge.ts';
import { ProviderInstruments } from './provider-instruments.ts';
import { recorderSeries } from './recorder-series.ts';

/** Operations whose stages are recorded, the first that come. */
const STAGE_OPERATIONS = 20;

/** Nothing of ours leaves the process, so nothing can be lost on the way. */
const NO_EXPORT = { dropped: () => ({}), queueSizes: () => ({}) };

/** What can be said about an `McpInstrumentation`; everything may be left out. */
export interface McpInstrumentationConfig {
  /** Whether it begins at once, default true; otherwise with `enable()`. */
  readonly enabled?: boolean;
  /** Where spans go, default the registered provider. */
  readonly tracerProvider?: TracerProvider;
  /** Where metrics go, default the registered provider. */
  readonly meterProvider?: MeterProvider;
}

/**
 * The instrumentation alone, for an OpenTelemetry set-up of somebody else: spans through its tracer, metrics through its meter,
 * no endpoint, no figures of ours, no `--import`. It fits the `Instrumentation` interface of `@opentelemetry/instrumentation`:
 *
 *     new NodeSDK({ instrumentations: [new McpInstrumentation()], views: vitalsViews() }).start();
 *
 * Make it before the MCP SDK is imported. Where mcp-vitals runs already in the process it does nothing, so that nothing is
 * counted twice.
 */
export class McpInstrumentation {
  readonly instrumentationName = 'mcp-vitals';
  readonly instrumentationVersion: string = VERSION;
  readonly #instrumentation = new Instrumentation();
  #config: McpInstrumentationConfig;
  #tracerProvider: TracerProvider | undefined;
  #meterProvider: MeterProvider | undefined;
  #instruments: ProviderInstruments | undefined;
  #isWired = false;
  readonly #arrivals = new VitalsContextManager();
  #followsArrivals = false;

  constructor(config: McpInstrumentationConfig = {}) {
    this.#config = { enabled: true, ...config };
    this.#tracerProvider = config.tracerProvider;
    this.#meterProvider = config.meterProvider;
    if (this.#config.enabled === true) this.enable();
  }

  /** Begins, or begins again after `disable`. */
  enable(): void {
    this.#config = { ...this.#config, enabled: true };
    const slots = globalThis as { [key: symbol]: unknown };
    const key = Symbol.for(HOOK_SYMBOL_KEY);
    slots[key] ??= this.#instrumentation;
    if (slots[key] !== this.#instrumentation) return;
    installLoader(ownFile('sdk/attach.js').href);
    this.#wire();
  }

  /** Makes no spans and records no metrics until `enable`. What is patched stays patched. */
  disable(): void {
    this.#config = { ...this.#config, enabled: false };
    const { recorder, clients } = this.#instrumentation;
    for (const side of [recorder, clients]) {
      side.onFinished = undefined;
      side.sessions.onRecorded = undefined;
    }
    this.#instruments?.stop();
    this.#instruments = undefined;
    this.#instrumentation.bridge = directBridge;
    this.#isWired = false;
  }

  /** A provider given to the constructor stays. */
  setTracerProvider(provider: TracerProvider): void {
    this.#tracerProvider = this.#config.tracerProvider ?? provider;
  }

  /** A provider given to the constructor stays. */
  setMeterProvider(provider: MeterProvider): void {
    this.#meterProvider = this.#config.meterProvider ?? provider;
  }

  setConfig(config: McpInstrumentationConfig): void {
    this.#config = { ...this.#config, ...config };
    this.#tracerProvider = config.tracerProvider ?? this.#tracerProvider;
    this.#meterProvider = config.meterProvider ?? this.#meterProvider;
  }

  getConfig(): McpInstrumentationConfig {
    return this.#config;
  }

  /** Measures a server or client whose SDK was loaded before; to be called before it connects. */
  instrument(target: object): void {
    this.#instrumentation.adopt(target);
  }

  #wire(): void {
    if (this.#isWired) return;
    this.#isWired = true;
    const instrumentation = this.#instrumentation;
    if (!this.#followsArrivals) followHttpArrivals(this.#arrivals, instrumentation.now);
    this.#followsArrivals = true;
    const application = inspectApplication();
    const ours = this.#arrivals;
    const contexts = activeContext({ ownsContext: false }, application, ours);
    const guests = new GuestSpans(
      () => this.#tracerProvider ?? application.registrations().trace,
      systemClock.timeOrigin,
    );
    const own = createOtelBridge(contexts, ours, trace);
    instrumentation.bridge = createGuestBridge(own, { globals: { ownsTraces: false }, spans: guests, contexts });
    instrumentation.outgoing = { exported: false, propagation: 'clients', sample: () => false };

    const { recorder, clients } = instrumentation;
    const instruments = new ProviderInstruments(() => this.#meterProvider ?? application.registrations().metrics, {
      series: recorderSeries(recorder, { stageOperations: 0, self: NO_EXPORT, clients }),
      stageOperations: STAGE_OPERATIONS,
    });
    this.#instruments = instruments;
    instruments.followSessions(recorder, clients);
    // What is counted while it happens is to be seen before anything has finished.
    instrumentation.onFirstConnect = () => void instruments.current();
    recorder.onFinished = (operation, entry, stagesMs) => {
      guests.end(operation, entry, stagesMs);
      instruments.current()?.served(operation, entry, stagesMs);
    };
    clients.onFinished = (operation, entry) => {
      guests.endSent(operation, entry);
      instruments.current()?.sent(operation, entry);
    };
  }
}
