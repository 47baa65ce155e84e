/** Global under which transformed copies of the OpenTelemetry API find the stand-in for meters; absent means "as it is". */
export const METERS_SYMBOL_KEY = 'mcp-vitals.meters';

/** A meter provider of any version, as far as it is used here. */
export interface MeterProviderLike {
  getMeter(name: string, version?: string, options?: unknown): object;
}

/** Meters that were taken before any provider was registered, and what was recorded with them. */
export interface EarlyMeters {
  /** Our provider is registered: instruments lead to it from now on, and what was recorded before is recorded now. */
  adopt(ours: MeterProviderLike): void;
  /** Our provider has stepped back for one of the application. */
  release(): void;
  /** Nothing of ours will be registered: nothing is kept any more. */
  retire(): void;
  /** Recordings and observable callbacks that were over the bound and are lost. */
  readonly dropped: number;
}

/**
 * What a copy of the API calls instead of answering its own no-op provider.
 *
 * @param registered what that copy sees as the registered provider
 * @param noop what it would answer
 */
export interface MeterHook {
  (registered: () => MeterProviderLike | undefined, noop: MeterProviderLike): MeterProviderLike;
  /** Present as soon as a copy of the API has asked. */
  readonly early?: EarlyMeters;
}

/** Where the hook of this thread stands, shared by every copy of this package. */
export function meterHookSlot(): { hook: MeterHook | undefined } {
  const slots = globalThis as { [key: symbol]: MeterHook | undefined };
  const key = Symbol.for(METERS_SYMBOL_KEY);
  return {
    get hook() {
      return slots[key];
    },
    set hook(hook) {
      slots[key] = hook;
    },
  };
}

/** The meters taken early in this thread; `undefined` where none were. */
export function earlyMeters(): EarlyMeters | undefined {
  return meterHookSlot().hook?.early;
}
