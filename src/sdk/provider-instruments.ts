import type { MeterProvider } from '@opentelemetry/api';
import { VERSION } from '../core/version.ts';
import type { ClientRecorder } from '../mcp/client/client-recorder.ts';
import type { Recorder } from '../mcp/recorder.ts';
import { createInstruments, type Instruments, type InstrumentsOptions } from './instruments.ts';

/**
 * Our instruments at the meter provider of the application, which may come late and change: each provider gets a set of its own,
 * and the former one is left alone.
 */
export class ProviderInstruments {
  readonly #provider: () => MeterProvider | undefined;
  readonly #options: InstrumentsOptions;
  #of: MeterProvider | undefined = undefined;
  #made: Instruments | undefined = undefined;

  constructor(provider: () => MeterProvider | undefined, options: InstrumentsOptions) {
    this.#provider = provider;
    this.#options = options;
  }

  /** Those of the provider there is now. */
  current(): Instruments | undefined {
    const provider = this.#provider();
    if (provider !== this.#of) {
      this.#made?.stop();
      this.#of = provider;
      this.#made =
        provider === undefined ? undefined : createInstruments(provider.getMeter('mcp-vitals', VERSION), this.#options);
    }
    return this.#made;
  }

  /** Records the sessions of both sides from now on. */
  followSessions(recorder: Recorder, clients: ClientRecorder): void {
    recorder.sessions.onRecorded = (...session) => this.current()?.servedSession(...session);
    clients.sessions.onRecorded = (...session) => this.current()?.sentSession(...session);
  }

  /** Takes back what the provider would still ask for. */
  stop(): void {
    this.#made?.stop();
    this.#made = undefined;
    this.#of = undefined;
  }
}
