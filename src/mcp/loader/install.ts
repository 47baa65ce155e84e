import module from 'node:module';
import { fileURLToPath } from 'node:url';
import { readLogLevel } from '../../config/early.ts';
import { createDiag } from '../../core/diag.ts';
import { type MeterProviderLike, meterHookSlot } from '../../core/meter-hook.ts';
import { ownFile } from '../../core/own-file.ts';
import { transformApiSource } from './api-transform.ts';
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
 *
 * @param earlyMetersUrl module that stands in for meters of the OpenTelemetry API until there are any; loaded by the first copy of
 * the API that is asked for one. Left out, the API is left alone
 */
export function installLoader(instrumentationUrl: string, earlyMetersUrl?: string): void {
  if (installed) return;
  installed = true;
  const require = module.createRequire(import.meta.url);
  const load = (): unknown => require(fileURLToPath(instrumentationUrl));
  const preamble = preambleFor(instrumentationUrl, load);
  const meters = earlyMetersUrl !== undefined;
  if (meters) awaitMeters(require, fileURLToPath(earlyMetersUrl));
  hookCommonJs(load, meters);
  const { registerHooks } = module as unknown as SyncHooks;
  if (typeof registerHooks === 'function') {
    registerHooks({
      load(url, context, nextLoad) {
        const result = nextLoad(url, context);
        // CommonJS sources pass through the compile hook, which works for require() and import alike.
        return result.format === 'module' ? withTransformedSource(result, url, { preamble, meters }) : result;
      },
    });
  } else {
    registerLoaderThread({ preamble, meters });
  }
}

/**
 * Node 20 may refuse its loaders their thread (`--experimental-permission` without `--allow-worker`), and waits for it forever
 * where the working directory is gone. The server starts all the same.
 */
function registerLoaderThread(data: { readonly preamble: string; readonly meters: boolean }): void {
  try {
    process.cwd();
    module.register(ownFile('mcp/loader/loader-thread.js'), { data });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'ERR_ACCESS_DENIED' ? 'no permission, --allow-worker gives it' : message;
    createDiag({ level: readLogLevel() }).warn(
      'loader',
      `MCP servers in ES modules are not measured: Node.js gives loaders no thread (${reason})`,
    );
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

/** Leaves a hook for the copies of the API that exchanges itself for the stand-in when it is first called. */
function awaitMeters(require: NodeJS.Require, path: string): void {
  const slot = meterHookSlot();
  slot.hook ??= (registered: () => MeterProviderLike | undefined, noop: MeterProviderLike) => {
    try {
      const { installEarlyMeters } = require(path) as typeof import('../../core/early-meters.ts');
      return installEarlyMeters()(registered, noop);
    } catch {
      // A Node that must not require ES modules.
      slot.hook = undefined;
      return noop;
    }
  };
}

function hookCommonJs(load: () => unknown, meters: boolean): void {
  const { prototype } = module as unknown as CompilingModule;
  const compile = prototype._compile;
  if (typeof compile !== 'function') return;
  prototype._compile = function (this: unknown, content: string, filename: string, ...rest: unknown[]): unknown {
    return compile.call(this, transformed(content, filename, { load, meters }), filename, ...rest);
  };
}

function transformed(
  content: string,
  filename: string,
  { load, meters }: { readonly load: () => unknown; readonly meters: boolean },
): string {
  try {
    const pool = transformPoolSource(content, filename);
    if (pool !== undefined) return pool;
    const withMeters = (meters ? transformApiSource(content, filename) : undefined) ?? content;
    const changed = transformSource(withMeters);
    if (changed === undefined) return withMeters;
    load();
    return changed;
  } catch {
    return content;
  }
}
