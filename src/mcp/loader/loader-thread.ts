import { mayContainSdk, transformSource } from './source-transform.ts';

interface LoadResult {
  format?: string | null;
  source?: string | ArrayBuffer | Uint8Array | null;
  shortCircuit?: boolean;
}
type NextLoad = (url: string, context: unknown) => Promise<LoadResult>;

let preamble = '';

/** Customization-hook entry of `module.register` (Node 20): gets the URL of the instrumentation from the main thread. */
export function initialize(data: { preamble: string }): void {
  preamble = data.preamble;
}

/** Transforms ES modules that hold the MCP SDK; CommonJS goes through the main thread's compile hook. */
export async function load(url: string, context: unknown, nextLoad: NextLoad): Promise<LoadResult> {
  const result = await nextLoad(url, context);
  return result.format === 'module' ? withTransformedSource(result, preamble) : result;
}

/** Replaces the source of a load result where it needs the transform; whatever fails leaves the original. */
export function withTransformedSource(result: LoadResult, insert: string): LoadResult {
  try {
    const { source } = result;
    if (source === null || source === undefined) return result;
    const bytes = source instanceof ArrayBuffer ? new Uint8Array(source) : source;
    if (!mayContainSdk(bytes)) return result;
    const text = typeof bytes === 'string' ? bytes : new TextDecoder().decode(bytes);
    const transformed = transformSource(text, insert);
    return transformed === undefined ? result : { ...result, source: transformed };
  } catch {
    return result;
  }
}
