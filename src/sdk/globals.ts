import { W3CTraceContextPropagator } from '@opentelemetry/core';
import type { MeterProvider } from '@opentelemetry/sdk-metrics';
import type { TracerProvider } from '@opentelemetry/sdk-trace';
import type { OtelMode } from '../config/index.ts';
import type { Diag } from '../core/diag.ts';
import type { ApplicationApi } from './application-api.ts';
import type { VitalsContextManager } from './context-manager.ts';

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
  readonly tracerProvider: TracerProvider;
  readonly meterProvider: MeterProvider;
  readonly contextManager: VitalsContextManager;
}

/**
 * Our registrations in the application's copy of the API.
 *
 * The API refuses a second registration. An application that registers its own providers after us must not be refused because
 * of us, so its setters are watched: ours steps back the moment another value is set.
 */
export class GlobalProviders {
  ownsTraces = false;
  ownsMetrics = false;
  ownsContext = false;
  readonly #api: ApplicationApi['api'];
  readonly #diag: Diag;

  constructor(application: ApplicationApi, diag: Diag) {
    this.#api = application.api;
    this.#diag = diag;
  }

  /** Registers what was decided; what the API refuses stays the application's. */
  register(adoption: Adoption, providers: Providers): void {
    const { context, trace, metrics, propagation } = this.#api;
    if (adoption.ownsContext) {
      this.ownsContext = this.#occupy(context, 'setGlobalContextManager', providers.contextManager, {
        clear: () => context.disable(),
        yielded: () => {
          this.ownsContext = false;
        },
      });
    }
    if (adoption.ownsTraces) {
      this.ownsTraces = this.#occupy(trace, 'setGlobalTracerProvider', providers.tracerProvider, {
        clear: () => trace.disable(),
        yielded: () => {
          this.ownsTraces = false;
        },
      });
      this.#occupy(propagation, 'setGlobalPropagator', new W3CTraceContextPropagator(), {
        clear: () => propagation.disable(),
        yielded: () => {},
      });
    }
    if (adoption.ownsMetrics) {
      this.ownsMetrics = this.#occupy(metrics, 'setGlobalMeterProvider', providers.meterProvider, {
        clear: () => metrics.disable(),
        yielded: () => {
          this.ownsMetrics = false;
        },
      });
    }
  }

  #occupy<Name extends string, Value>(
    api: Record<Name, (value: Value) => boolean>,
    setter: Name,
    ours: Value,
    step: { clear(): void; yielded(): void },
  ): boolean {
    const original = api[setter];
    if (!original.call(api, ours)) {
      this.#diag.warn(
        'globals',
        `OpenTelemetry refused ${setter}: telemetry of the application's own code is not seen`,
      );
      return false;
    }
    api[setter] = ((value: Value): boolean => {
      api[setter] = original;
      step.clear();
      step.yielded();
      return original.call(api, value);
    }) as Record<Name, (value: Value) => boolean>[Name];
    return true;
  }
}
