import { type EarlyMeters, type MeterHook, type MeterProviderLike, meterHookSlot } from './meter-hook.ts';
import { type Binding, type Replayable, type Scope, StandInMeter } from './stand-in-meter.ts';

/** Recordings kept until there is a provider, each with its attributes. */
const MAX_RECORDINGS = 1_000;
/** Observable callbacks kept until there is a provider. */
const MAX_CALLBACKS = 1_000;

interface Recording {
  readonly instrument: Replayable;
  readonly value: number;
  readonly attributes: object | undefined;
}

/** Answers a meter of the registered provider, and one that waits for it where there is none. */
class StandInProvider implements MeterProviderLike {
  readonly #scope: Scope;

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  getMeter(name: string, version?: string, options?: unknown): object {
    return (
      this.#scope.provider()?.getMeter(name, version, options) ?? new StandInMeter(this.#scope, name, version, options)
    );
  }
}

/**
 * What an application and its libraries do with meters before any provider is registered. The API has a stand-in for tracers
 * and none for meters: an instrument made at the top level of a module would record nothing, for good.
 *
 * Nothing is registered for it, so no registration of the application's is refused. Recordings are kept one by one and not
 * summed up: a process that never gets a provider pays for the first thousand, and for a comparison after.
 */
class EarlyMeterStore implements EarlyMeters {
  #ours: MeterProviderLike | undefined = undefined;
  #keeping = true;
  #recordings: Recording[] = [];
  #dropped = 0;
  readonly #callbacks = new Set<Binding>();
  readonly #providers = new WeakMap<object, StandInProvider>();

  get dropped(): number {
    return this.#dropped;
  }

  /** The provider that stands in for the no-op provider of one copy of the API. */
  providerFor(registered: () => MeterProviderLike | undefined, noop: MeterProviderLike): MeterProviderLike {
    const known = this.#providers.get(noop);
    if (known !== undefined) return known;
    if (!isNoop(noop)) return noop;
    const provider = new StandInProvider({
      provider: () => {
        const found = registered();
        // Who registers a stand-in has registered nothing.
        return found === undefined || found instanceof StandInProvider ? this.#ours : found;
      },
      keepRecording: (instrument, value, attributes) => this.#keepRecording(instrument, value, attributes),
      keepCallback: (binding) => this.#keepCallback(binding),
      forgetCallback: (binding) => void this.#callbacks.delete(binding),
    });
    this.#providers.set(noop, provider);
    return provider;
  }

  adopt(ours: MeterProviderLike): void {
    const callbacks = [...this.#callbacks];
    const recordings = this.#recordings;
    const dropped = this.#dropped;
    this.retire();
    this.#dropped = dropped;
    this.#ours = ours;
    for (const binding of callbacks) this.#attempt(() => binding.bind());
    for (const { instrument, value, attributes } of recordings) {
      this.#attempt(() => instrument.replay(value, attributes));
    }
  }

  release(): void {
    this.#ours = undefined;
  }

  retire(): void {
    this.#keeping = false;
    this.#dropped = 0;
    this.#recordings = [];
    this.#callbacks.clear();
  }

  #attempt(late: () => void): void {
    try {
      late();
    } catch {
      this.#dropped += 1;
    }
  }

  #keepRecording(instrument: Replayable, value: number, attributes: object | undefined): void {
    if (!this.#keeping) return;
    if (this.#recordings.length >= MAX_RECORDINGS) this.#dropped += 1;
    // The caller may change its object and use it again.
    else this.#recordings.push({ instrument, value, attributes: attributes && { ...attributes } });
  }

  #keepCallback(binding: Binding): boolean {
    if (!this.#keeping) return false;
    if (this.#callbacks.size >= MAX_CALLBACKS) {
      this.#dropped += 1;
      return false;
    }
    this.#callbacks.add(binding);
    return true;
  }
}

/** The API's own no-op provider has one method and nothing else; a provider that does something is left alone. */
function isNoop(provider: object): boolean {
  const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(provider));
  return Object.keys(provider).length === 0 && methods.length === 2 && methods.includes('getMeter');
}

/** Puts the stand-in in the place of the hook that loaded this module, and answers it. */
export function installEarlyMeters(): MeterHook {
  const slot = meterHookSlot();
  if (slot.hook?.early !== undefined) return slot.hook;
  const early = new EarlyMeterStore();
  const hook: MeterHook = Object.assign(
    (registered: () => MeterProviderLike | undefined, noop: MeterProviderLike) => early.providerFor(registered, noop),
    { early },
  );
  slot.hook = hook;
  return hook;
}
