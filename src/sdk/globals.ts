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

/** Registers what was decided through the application's own copy of the API. */
export function registerGlobals(
  adoption: Adoption,
  application: ApplicationApi,
  providers: Providers,
  diag: Diag,
): void {
  const { api } = application;
  const refused: string[] = [];
  if (adoption.ownsContext && !api.context.setGlobalContextManager(providers.contextManager)) refused.push('context');
  if (adoption.ownsTraces) {
    if (!api.trace.setGlobalTracerProvider(providers.tracerProvider)) refused.push('traces');
    else api.propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  }
  if (adoption.ownsMetrics && !api.metrics.setGlobalMeterProvider(providers.meterProvider)) refused.push('metrics');
  if (refused.length > 0) {
    diag.warn(
      'globals',
      `OpenTelemetry refused our ${refused.join(', ')}: telemetry of the application's own code is not seen`,
    );
  }
}
