import { mayContainApi, transformApiSource } from './api-transform.ts';
import { mayContainSdk, transformSource } from './source-transform.ts';

interface LoadResult {
  format?: string | null;
  source?: string | ArrayBuffer | Uint8Array | null;
  shortCircuit?: boolean;
}
type NextLoad = (url: string, context: unknown) => Promise<LoadResult>;

let preamble = '';
let meters = false;

/** Customization-hook entry of `module.register` (Node 20): gets the URL of the instrumentation from the main thread. */
export function initialize(data: { preamble: string; meters: boolean }): void {
  ({ preamble, meters } = data);
}

/** Transforms ES modules that hold the MCP SDK or the OpenTelemetry API; CommonJS goes through the main thread's compile hook. */
export async function load(url: string, context: unknown, nextLoad: NextLoad): Promise<LoadResult> {
  const result = await nextLoad(url, context);
  return result.format === 'module' ? withTransformedSource(result, url, { preamble, meters }) : result;
}

/**
 * Replaces the source of a load result where it needs a transform; whatever fails leaves the original.
 *
 * @param insert what a file of the MCP SDK runs first, and whether copies of the API are transformed too
 */
export function withTransformedSource(
  result: LoadResult,
  url: string,
  insert: { readonly preamble: string; readonly meters: boolean },
): LoadResult {
  try {
    const { source } = result;
    if (source === null || source === undefined) return result;
    const bytes = source instanceof ArrayBuffer ? new Uint8Array(source) : source;
    const holdsSdk = mayContainSdk(bytes);
    const holdsApi = insert.meters && mayContainApi(bytes, url);
    if (!holdsSdk && !holdsApi) return result;
    const text = typeof bytes === 'string' ? bytes : new TextDecoder().decode(bytes);
    const withMeters = holdsApi ? transformApiSource(text, url) : undefined;
    const transformed = (holdsSdk ? transformSource(withMeters ?? text, insert.preamble) : undefined) ?? withMeters;
    return transformed === undefined ? result : { ...result, source: transformed };
  } catch {
    return result;
  }
}
