import { METERS_SYMBOL_KEY } from '../../core/meter-hook.ts';

/** Without any quote: in a bundle it may come to stand anywhere. */
const HOOK = `globalThis[Symbol.for(/${METERS_SYMBOL_KEY}/.source)]`;

/** The file of the OpenTelemetry API that answers the no-op provider, in every build of every version with metrics. */
const API_FILE = /[\\/]@opentelemetry[\\/]api[\\/].*[\\/]api[\\/]metrics\.[cm]?js$/;
/** A bundle that holds the API has both of these; neither is changed by minification. */
const MARKERS = ['getMeterProvider', 'opentelemetry.js.api.'] as const;

/** `getMeterProvider() { return getGlobal(API_NAME) || NOOP_METER_PROVIDER`: what is registered, or the provider that does nothing. */
const GET_METER_PROVIDER =
  /(\bgetMeterProvider\(\)\s*\{\s*return\s*)((?:\(0,\s*[\w$.]+\)|[\w$.]+)\((?:[\w$.]+|"metrics"|'metrics'|`metrics`)\))\s*\|\|\s*([\w$.]+)/g;

/** Whether a source may need {@link transformApiSource}; works on bytes, so that most files are never decoded. */
export function mayContainApi(source: string | Uint8Array, path: string): boolean {
  if (API_FILE.test(path)) return true;
  const text = typeof source === 'string' ? source : Buffer.from(source.buffer, source.byteOffset, source.byteLength);
  return MARKERS.every((marker) => text.includes(marker));
}

/**
 * Lets a copy of the OpenTelemetry API answer a stand-in while no meter provider is registered, instead of one that does nothing
 * for good; `undefined` for every other source. Lines keep their numbers; without the hook nothing changes.
 */
export function transformApiSource(source: string, path: string): string | undefined {
  if (source.includes(METERS_SYMBOL_KEY) || !mayContainApi(source, path)) return undefined;
  const changed = source.replace(GET_METER_PROVIDER, `$1$2 || (${HOOK}?.(()=>$2,$3) ?? $3)`);
  return changed === source ? undefined : changed;
}
