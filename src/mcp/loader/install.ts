import module from 'node:module';
import { fileURLToPath } from 'node:url';
import { withTransformedSource } from './loader-thread.ts';
import { transformPoolSource } from './pool-transform.ts';
import { transformSource } from './source-transform.ts';

interface CompilingModule {
  prototype: { _compile?: (this: unknown, content: string, filename: string, ...rest: unknown[]) => unknown };
}
interface SyncHooks {
  registerHooks?: (hooks: {
    load(
      url: string,
      context: unknown,
      nextLoad: (url: string, context: unknown) => { format?: string | null },
    ): object;
  }) => unknown;
}

/** Global under which transformed modules find what loads the instrumentation. */
const LOAD_SYMBOL_KEY = 'mcp-vitals.load';

let installed = false;

/**
 * Installs the one source transform on every way a module can come into this thread.
 *
 * Until a file of the MCP SDK is loaded this is all there is: a thread of its own on Node 20, a synchronous hook from 22.15.
 * The second call does nothing. The transformed file itself loads the instrumentation, at `instrumentationUrl`, before its own code runs.
 */
export function installLoader(instrumentationUrl: string): void {
  if (installed) return;
  installed = true;
  const require = module.createRequire(import.meta.url);
  const load = (): unknown => require(fileURLToPath(instrumentationUrl));
  const preamble = preambleFor(instrumentationUrl, load);
  hookCommonJs(load);
  const { registerHooks } = module as unknown as SyncHooks;
  if (typeof registerHooks === 'function') {
    registerHooks({
      load(url, context, nextLoad) {
        const result = nextLoad(url, context);
        // CommonJS sources pass through the compile hook, which works for require() and import alike.
        return result.format === 'module' ? withTransformedSource(result, preamble) : result;
      },
    });
  } else {
    module.register(new URL('./loader-thread.js', import.meta.url), { data: { preamble } });
  }
}

/**
 * What a transformed ES module runs first. Requiring the instrumentation costs half of importing it on Node 20, where every
 * import below the hook makes a round trip to the loader thread; importing is for a Node that must not require ES modules.
 */
function preambleFor(instrumentationUrl: string, load: () => unknown): string {
  const { require_module: canRequireModules } = process.features as { require_module?: boolean };
  if (canRequireModules !== true) return `import ${JSON.stringify(instrumentationUrl)};`;
  const slots = globalThis as { [key: symbol]: unknown };
  slots[Symbol.for(LOAD_SYMBOL_KEY)] = load;
  return `globalThis[Symbol.for('${LOAD_SYMBOL_KEY}')]?.();`;
}

function hookCommonJs(load: () => unknown): void {
  const { prototype } = module as unknown as CompilingModule;
  const compile = prototype._compile;
  if (typeof compile !== 'function') return;
  prototype._compile = function (this: unknown, content: string, filename: string, ...rest: unknown[]): unknown {
    return compile.call(this, transformed(content, filename, load), filename, ...rest);
  };
}

function transformed(content: string, filename: string, load: () => unknown): string {
  try {
    const pool = transformPoolSource(content, filename);
    if (pool !== undefined) return pool;
    const changed = transformSource(content);
    if (changed === undefined) return content;
    load();
    return changed;
  } catch {
    return content;
  }
}
