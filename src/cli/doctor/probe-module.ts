/**
 * Loaded by `doctor` in front of everything in the processes of the command it examines. Notes which files call the
 * instrumentation, and writes that into the folder its address names. Must neither print nor throw, whatever happens.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { types } from 'node:util';
import { isMainThread } from 'node:worker_threads';
import { HOOK_SYMBOL_KEY } from '../../mcp/loader/source-transform.ts';
import { type ProcessReport, REPORT_PARAMETER } from './process-report.ts';

const MAX_FILES = 20;
const API_GLOBAL = Symbol.for('opentelemetry.js.api.1');

type Hook = Record<'construct' | 'connect', (...args: unknown[]) => void>;

const slots = globalThis as { [key: symbol]: unknown };
const patched = new Set<string>();
const connected = new Set<string>();
let hook: Hook | undefined;

const folder = new URL(import.meta.url).searchParams.get(REPORT_PARAMETER);
if (folder !== null && isMainThread) observe(folder);

function observe(target: string): void {
  Object.defineProperty(globalThis, Symbol.for(HOOK_SYMBOL_KEY), {
    configurable: true,
    get: () => hook,
    set(value: Hook) {
      hook = value;
      follow(value, 'construct', patched, target);
      follow(value, 'connect', connected, target);
      write(target);
    },
  });
  process.on('exit', () => write(target));
  write(target);
}

function follow(of: Hook, name: keyof Hook, files: Set<string>, target: string): void {
  const original = of[name];
  of[name] = (...args) => {
    const file = callerFile();
    const isNew = file !== undefined && !files.has(file) && files.size < MAX_FILES;
    original.apply(of, args);
    if (!isNew) return;
    files.add(file);
    // What connects was patched at the latest then.
    patched.add(file);
    write(target);
  };
}

/** The file two calls up: that of the SDK, which called what `follow` has put in place. */
function callerFile(): string | undefined {
  const { prepareStackTrace, stackTraceLimit } = Error;
  try {
    Error.stackTraceLimit = 3;
    Error.prepareStackTrace = (_error, sites) => sites;
    const sites = new Error().stack as unknown as NodeJS.CallSite[];
    const name = sites[2]?.getFileName() ?? undefined;
    return name?.startsWith('file:') === true ? fileURLToPath(name) : name;
  } catch {
    return undefined;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    Error.prepareStackTrace = prepareStackTrace;
  }
}

function write(target: string): void {
  try {
    const file = join(target, `${process.pid}.json`);
    writeFileSync(`${file}.draft`, JSON.stringify(report()));
    renameSync(`${file}.draft`, file);
  } catch {
    // A report that is missing is understood as "not known".
  }
}

function report(): ProcessReport {
  const api = slots[API_GLOBAL] as Record<string, unknown> | undefined;
  const version = api?.['version'];
  const { cache } = createRequire(import.meta.url);
  return {
    pid: process.pid,
    node: process.versions.node,
    entry: process.argv[1],
    attached: hook !== undefined,
    patched: [...patched],
    connected: [...connected],
    requiredModules: Object.keys(cache)
      .filter((file) => types.isModuleNamespaceObject(cache[file]?.exports))
      .slice(0, MAX_FILES),
    otel:
      api === undefined || typeof version !== 'string'
        ? undefined
        : {
            version,
            registered: ['trace', 'metrics', 'context', 'propagation'].filter((name) => api[name] !== undefined),
          },
  };
}
