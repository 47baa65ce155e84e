import type { ProxyTracerProvider, TracerProvider } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import type { MeterProvider } from '@opentelemetry/sdk-metrics';
import type { OtelMode } from '../config/index.ts';
import type { Diag } from '../core/diag.ts';
import { earlyMeters } from '../core/meter-hook.ts';
import type { Api, ApplicationApi } from './application-api.ts';
import type { VitalsContextManager } from './context-manager.ts';
import type { DelegatingTracerProvider } from './delegating-tracer.ts';

/** Whether our providers become the application's, and through whose context manager contexts run. */
export interface Adoption {
  readonly ownsTraces: boolean;
  readonly ownsMetrics: boolean;
  readonly ownsContext: boolean;
}

/**
 * Decides which global providers are ours to register.
 *
 * `own`: everything nobody has registered yet. `auto`: the same, unless the application carries an OpenTelemetry SDK, which
 * it will register itself, perhaps after us, and must not find its place taken. Every other mode: none.
 */
export function decideAdoption(mode: OtelMode, application: ApplicationApi): Adoption {
  const { registered, bringsSdk } = application;
  const ours = mode === 'own' || (mode === 'auto' && !bringsSdk && !registered.trace && !registered.metrics);
  return {
    ownsTraces: ours && !registered.trace,
    ownsMetrics: ours && !registered.metrics,
    ownsContext: ours && !registered.context,
  };
}

export interface Providers {
  readonly tracerProvider: DelegatingTracerProvider;
  readonly meterProvider: MeterProvider;
  readonly contextManager: VitalsContextManager;
}

/** One part of the API, as far as registering with it goes. */
interface Setters {
  [setter: string]: unknown;
  disable(): void;
}

/**
 * Our registrations in the application's copies of the API.
 *
 * The API refuses a second registration. An application that registers its own providers after us must not be refused because
 * of us, so its setters are watched: ours steps back the moment another value is set.
 */
export class GlobalProviders {
  ownsTraces = false;
  ownsMetrics = false;
  ownsContext = false;
  readonly #copies: ApplicationApi['copies'];
  readonly #diag: Diag;

  constructor({ copies }: Pick<ApplicationApi, 'copies'>, diag: Diag) {
    this.#copies = copies;
    this.#diag = diag;
  }

  /** Registers what was decided; what the API refuses stays the application's. */
  register(adoption: Adoption, providers: Providers): void {
    const { tracerProvider, meterProvider, contextManager } = providers;
    if (adoption.ownsContext) {
      this.ownsContext = this.#occupy('context', 'setGlobalContextManager', contextManager, () => {
        this.ownsContext = false;
      });
    }
    if (adoption.ownsTraces) {
      const proxies = this.#copies
        .slice(1)
        .map((copy) => copy.trace.getTracerProvider() as Partial<ProxyTracerProvider>);
      this.ownsTraces = this.#occupy('trace', 'setGlobalTracerProvider', tracerProvider, (theirs) => {
        this.ownsTraces = false;
        tracerProvider.yieldTo(theirs as TracerProvider);
      });
      // Tracers that were taken early from another copy wait for a provider that is registered through that one.
      if (this.ownsTraces) for (const proxy of proxies) proxy.setDelegate?.(tracerProvider);
      this.#occupy('propagation', 'setGlobalPropagator', new W3CTraceContextPropagator(), () => {});
    }
    if (adoption.ownsMetrics) {
      this.ownsMetrics = this.#occupy('metrics', 'setGlobalMeterProvider', meterProvider, () => {
        this.ownsMetrics = false;
        earlyMeters()?.release();
      });
    }
    if (this.ownsMetrics) earlyMeters()?.adopt(meterProvider);
    else earlyMeters()?.retire();
  }

  /** @param yielded called with the application's value before it is registered in place of ours */
  #occupy(part: keyof Api, setter: string, ours: unknown, yielded: (theirs: unknown) => void): boolean {
    const apis = this.#copies.map((copy) => copy[part] as unknown as Setters);
    const [first] = apis as [Setters];
    if (!Reflect.apply(first[setter] as () => boolean, first, [ours])) {
      this.#diag.warn(
        'globals',
        `OpenTelemetry refused ${setter}: telemetry of the application's own code is not seen`,
      );
      return false;
    }
    const originals = apis.map((api) => [api, api[setter] as (value: unknown) => boolean] as const);
    for (const [api, original] of originals) {
      api[setter] = (value: unknown): boolean => {
        for (const [watched, unwatched] of originals) watched[setter] = unwatched;
        first.disable();
        yielded(value);
        return Reflect.apply(original, api, [value]);
      };
    }
    return true;
  }
}
