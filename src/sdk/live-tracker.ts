import type { ComponentTracker } from '../core/model/timing.ts';
import { HOOK_SYMBOL_KEY } from '../mcp/loader/source-transform.ts';

const KEY = Symbol.for(HOOK_SYMBOL_KEY);

/** The component tracker of this process, whichever copy of the package runs it; loads nothing. */
export function liveTracker(): ComponentTracker | undefined {
  const hook = (globalThis as { [key: symbol]: unknown })[KEY] as { components?: ComponentTracker } | undefined;
  return hook?.components;
}
