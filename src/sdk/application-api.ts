import { readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ContextManager, MeterProvider, TracerProvider } from '@opentelemetry/api';
import * as ownApi from '@opentelemetry/api';

export type Api = Pick<typeof ownApi, 'context' | 'trace' | 'metrics' | 'propagation'>;

const API_PACKAGE = '@opentelemetry/api';

/** The API keeps its registrations under this name, whichever copy made them. */
const API_GLOBAL = Symbol.for('opentelemetry.js.api.1');

/** Packages whose presence says that the application brings an OpenTelemetry SDK and will register it. */
const SDK_PACKAGES = [
  '@opentelemetry/sdk-node',
  '@opentelemetry/sdk-trace-node',
  '@opentelemetry/sdk-trace-base',
  '@opentelemetry/sdk-trace',
  '@opentelemetry/sdk-metrics',
];

/** What is registered with the API at this moment, by whomever and through whichever copy of it. */
export interface Registrations {
  readonly trace?: TracerProvider | undefined;
  readonly metrics?: MeterProvider | undefined;
  readonly context?: ContextManager | undefined;
}

/** Which of the three global providers somebody has registered already. */
export type Registered = Readonly<Record<keyof Registrations, boolean>>;

export interface ApplicationApi {
  /** The application's own copies of the API, else ours; what is registered goes through the first. */
  readonly copies: readonly [Api, ...Api[]];
  readonly registered: Registered;
  /**
   * What is registered now. Read past the API, because a copy of it does not show what an older one has registered, although
   * the objects are the same.
   */
  registrations(): Registrations;
  /** Whether the application has an OpenTelemetry SDK of its own among its packages. */
  readonly bringsSdk: boolean;
}

/** What is known of an application that is none of our business. */
export const UNTOUCHED_APPLICATION: ApplicationApi = {
  copies: [ownApi],
  registered: { trace: false, metrics: false, context: false },
  registrations: () => ({}),
  bringsSdk: false,
};

/**
 * Finds out whose OpenTelemetry this process is. A registration is only seen by code whose API copy is of the same minor or
 * an older one, so registering goes through the application's own copy, resolved from its entry script.
 *
 * @param imported the copy that ES modules of the application import, where it is known
 */
export function inspectApplication(entry: string | undefined = process.argv[1], imported?: Api): ApplicationApi {
  const require = requireFrom(entry);
  const { trace, metrics, context } = registrations();
  const [first = ownApi, ...others] = [requiredCopy(require), imported].filter((copy) => copy !== undefined);
  return {
    copies: [first, ...others.filter((copy) => copy.trace !== first.trace)],
    registered: { trace: trace !== undefined, metrics: metrics !== undefined, context: context !== undefined },
    registrations,
    bringsSdk: SDK_PACKAGES.some((name) => bringsOwn(require, name)),
  };
}

/**
 * The copy of the API that ES modules of the application get. From 1.10 on it is published twice, and ES modules do not share
 * their copy with CommonJS: setters watched in one are not watched in the other.
 */
export async function importedCopy(entry: string | undefined = process.argv[1]): Promise<Api | undefined> {
  try {
    const required = requireFrom(entry).resolve(API_PACKAGE);
    const name = join(...API_PACKAGE.split('/'));
    const root = required.slice(0, required.lastIndexOf(name + sep) + name.length);
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { exports?: { '.'?: unknown } };
    const target = importTarget(manifest.exports?.['.']);
    if (target === undefined) return undefined;
    return asApi(await import(pathToFileURL(join(root, target)).href));
  } catch {
    return undefined;
  }
}

/** The file an `import` gets, of the value of `exports` in a manifest. */
function importTarget(target: unknown): string | undefined {
  if (typeof target === 'string') return target;
  const { import: imported, default: otherwise } = (target ?? {}) as { import?: unknown; default?: unknown };
  return imported === undefined && otherwise === undefined ? undefined : importTarget(imported ?? otherwise);
}

function registrations(): Registrations {
  return (globalThis as { [API_GLOBAL]?: Registrations })[API_GLOBAL] ?? {};
}

/** Resolves as the entry script does, which may have been started through a link in a folder of links. */
function requireFrom(entry: string | undefined): NodeJS.Require {
  if (entry === undefined) return createRequire(join(process.cwd(), 'noop.js'));
  try {
    return createRequire(realpathSync(entry));
  } catch {
    return createRequire(entry);
  }
}

/** Whether the application finds a copy that is not ours: npm puts our own dependencies where the application finds them too. */
function bringsOwn(application: NodeJS.Require, name: string): boolean {
  const theirs = resolvedBy(application, name);
  return theirs !== undefined && theirs !== resolvedBy(createRequire(import.meta.url), name);
}

function resolvedBy(require: NodeJS.Require, name: string): string | undefined {
  try {
    return require.resolve(name);
  } catch {
    return undefined;
  }
}

function requiredCopy(require: NodeJS.Require): Api | undefined {
  try {
    return asApi(require(API_PACKAGE));
  } catch {
    return undefined;
  }
}

function asApi(copy: Partial<Api>): Api | undefined {
  return copy.context !== undefined && copy.trace !== undefined && copy.metrics !== undefined
    ? (copy as Api)
    : undefined;
}
