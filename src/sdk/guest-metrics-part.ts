import type { MeterProvider } from '@opentelemetry/api';
import type { Clock, Timer } from '../core/clock.ts';
import type { Instrumentation } from '../mcp/instrumentation.ts';
import type { InstrumentsOptions } from './instruments.ts';
import type { Part } from './part.ts';
import { ProviderInstruments } from './provider-instruments.ts';

/** How soon an application that registers its provider late has the gauges, without a call in between. */
const LOOK_EVERY_MS = 1000;

export interface GuestMetricsPartOptions extends InstrumentsOptions {
  readonly instrumentation: Pick<Instrumentation, 'recorder' | 'clients' | 'guard'>;
  /** The application's meter provider; `undefined` while it has none, or ours is the registered one. */
  readonly provider: () => MeterProvider | undefined;
  readonly clock: Clock;
}

/** Our streams through the meter provider of the application too, for readers and exporters it has already. */
export function createGuestMetricsPart(options: GuestMetricsPartOptions): Part {
  const { recorder, clients } = options.instrumentation;
  const guard = (fn: () => void): void => options.instrumentation.guard(fn);
  const instruments = new ProviderInstruments(options.provider, options);
  let timer: Timer | undefined;
  return {
    // The meter is the application's: what it throws must not keep other parts from hearing of the operation.
    onFinished(...finished) {
      guard(() => instruments.current()?.served(...finished));
      return undefined;
    },
    onSent(...finished) {
      guard(() => instruments.current()?.sent(...finished));
    },
    start() {
      instruments.followSessions(recorder, clients);
      timer ??= options.clock.every(LOOK_EVERY_MS, () => void guard(() => instruments.current()));
    },
    stop() {
      timer?.stop();
      timer = undefined;
      recorder.sessions.onRecorded = undefined;
      clients.sessions.onRecorded = undefined;
      instruments.stop();
    },
  };
}
