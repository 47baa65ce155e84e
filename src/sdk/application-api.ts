import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as ownApi from '@opentelemetry/api';

type Api = Pick<typeof ownApi, 'context' | 'trace' | 'metrics' | 'propagation'>;

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

/** Which of the three global providers somebody has registered already. */
export interface Registered {
  readonly trace: boolean;
  readonly metrics: boolean;
  readonly context: boolean;
}

export interface ApplicationApi {
  /** The application's own copy of the API where it has one, else ours. */
  readonly api: Api;
  readonly registered: Registered;
  /** Whether a context manager is registered at this moment, by whomever. */
  hasContextManager(): boolean;
  /** Whether the application has an OpenTelemetry SDK of its own among its packages. */
  readonly bringsSdk: boolean;
}

/**
 * Finds out whose OpenTelemetry this process is. A registration is only seen by code whose API copy is of the same minor or
 * an older one, so registering goes through the application's own copy, resolved from its entry script.
 */
export function inspectApplication(entry: string | undefined = process.argv[1]): ApplicationApi {
  const require = createRequire(entry === undefined ? join(process.cwd(), 'noop.js') : entry);
  const slot = apiSlot();
  return {
    api: applicationCopy(require) ?? ownApi,
    registered: {
      trace: slot?.trace !== undefined,
      metrics: slot?.metrics !== undefined,
      context: slot?.context !== undefined,
    },
    hasContextManager: () => apiSlot()?.context !== undefined,
    bringsSdk: SDK_PACKAGES.some((name) => bringsOwn(require, name)),
  };
}

/** What is registered with the API, whichever copy of it did. */
function apiSlot(): Partial<Record<keyof Registered, unknown>> | undefined {
  return (globalThis as { [API_GLOBAL]?: Partial<Record<keyof Registered, unknown>> })[API_GLOBAL];
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

function applicationCopy(require: NodeJS.Require): Api | undefined {
  try {
    const api = require('@opentelemetry/api') as Partial<Api>;
    return api.context !== undefined && api.trace !== undefined && api.metrics !== undefined ? (api as Api) : undefined;
  } catch {
    return undefined;
  }
}
