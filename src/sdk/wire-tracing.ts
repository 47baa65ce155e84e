import { trace } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { MeterProvider } from '@opentelemetry/sdk-metrics';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { VitalsConfig } from '../config/index.ts';
import type { Clock } from '../core/clock.ts';
import type { ContextBridge } from '../mcp/context-bridge.ts';
import type { Instrumentation } from '../mcp/instrumentation.ts';
import { KeptTraces } from '../slo/kept-traces.ts';
import type { ApplicationApi, Registrations } from './application-api.ts';
import { componentSpanProcessor } from './component-span-processor.ts';
import type { VitalsContextManager } from './context-manager.ts';
import { DelegatingTracerProvider } from './delegating-tracer.ts';
import { exportsTraces } from './export-pipeline.ts';
import { decideAdoption, type GlobalProviders } from './globals.ts';
import { createGuestBridge } from './guest-bridge.ts';
import { GuestSpans } from './guest-spans.ts';
import { type ActiveContext, createOtelBridge, followHttpArrivals } from './otel-bridge.ts';
import { createPropagationBridge, withoutContext } from './propagation-bridge.ts';
import { createTracing } from './providers.ts';
import type { RemoteSampling } from './sampling.ts';

export interface TracingParts {
  readonly config: VitalsConfig;
  readonly instrumentation: Instrumentation;
  readonly application: ApplicationApi;
  readonly globals: GlobalProviders;
  readonly contexts: ActiveContext;
  readonly contextManager: VitalsContextManager;
  readonly meterProvider: MeterProvider;
  readonly resource: Resource;
  readonly remote: RemoteSampling;
  readonly addSpan: (span: ReadableSpan) => void;
  readonly clock: Clock;
}

/** Where spans go, as the rest of the product sees it. */
export interface Tracing {
  /** Traces that leave although the head sampler decided otherwise. */
  readonly kept: KeptTraces;
  /** Operations that are spans of the application's own tracer. */
  readonly guests: GuestSpans;
  /** Whose spans calls tracked in code become: what is registered at the moment. */
  readonly provider: () => Registrations['trace'];
}

/** Makes the tracer provider, offers ours to the application as its mode says, and gives the instrumentation its context. */
export function wireTracing(parts: TracingParts): Tracing {
  const { config, instrumentation, application, globals, contexts, contextManager, addSpan } = parts;
  const { mode } = config.otel;
  const kept = new KeptTraces({
    perSecond: config.traces.keptPerSecond,
    children: exportsTraces(config) ? config.traces.keptChildren : 0,
    now: instrumentation.now,
    export: (spans) => {
      for (const span of spans) addSpan(span);
    },
  });
  const own = createTracing(parts.resource, config.traces.sampler, {
    remote: parts.remote,
    kept,
    add: addSpan,
    processors: config.components.enabled && config.spans.enabled ? [componentSpanProcessor()] : [],
  });
  const tracerProvider = new DelegatingTracerProvider(own, contexts);
  const { meterProvider } = parts;
  globals.register(decideAdoption(mode, application), { tracerProvider, meterProvider, contextManager });
  const guests = new GuestSpans(() => application.registrations().trace, parts.clock.timeOrigin);
  if (config.spans.enabled) {
    const { baggage } = config.propagation;
    const bridge = (): ContextBridge => createOtelBridge(contexts, contextManager, trace, { baggage });
    instrumentation.bridge =
      mode === 'off'
        ? withoutContext(bridge())
        : mode === 'propagate'
          ? createPropagationBridge(contexts, contextManager, { baggage })
          : createGuestBridge(bridge(), { globals, spans: guests, contexts, baggage });
    followHttpArrivals(contextManager, instrumentation.now);
  }
  return {
    kept,
    guests,
    // Who only passes context on makes no spans, not in the tracer of the application either.
    provider: () => (mode === 'propagate' ? undefined : application.registrations().trace),
  };
}
