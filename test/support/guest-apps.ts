import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { InstrumentedServer, REGISTER_URL } from './instrumented-server.ts';
import { initialize, StdioRpcClient } from './json-rpc-client.ts';
import type { NodeMajor } from './nodes.ts';
import { packagesFolder } from './packages-folder.ts';

const FIXTURES = fileURLToPath(new URL('../integration/guest/fixtures/', import.meta.url));
const DIST = fileURLToPath(new URL('../../dist/', import.meta.url));

const at = (version: string, ...names: readonly string[]): string[] =>
  names.map((name) => `@opentelemetry/${name}@${version}`);

interface Application {
  /** How it sets OpenTelemetry up; `test/integration/guest/fixtures/application.cjs` knows the ways. */
  readonly flavour: 'trace-node' | 'trace' | 'sdk-node' | 'none';
  /**
   * Its tracer is taken at every call instead of once. ES modules that import API 1.10 do not share it with an SDK that requires
   * it, so a tracer they take before that SDK is registered stays empty for good, with or without us.
   */
  readonly takesTracerLate?: boolean;
  readonly packages: readonly string[];
}

const OURS_3 = [
  ...at('1.10.0', 'api'),
  ...at('3.1.0', 'context-async-hooks', 'core', 'resources', 'sdk-metrics', 'sdk-trace'),
  ...at('0.301.0', 'otlp-exporter-base', 'otlp-transformer'),
];

/** The applications' OpenTelemetry: both minors of the API, both lines of the SDK, every way to register. */
export const APPLICATIONS = {
  'API 1.9, sdk-trace-node 2.x': {
    flavour: 'trace-node',
    packages: [...at('1.9.1', 'api'), ...at('2.12.0', 'sdk-trace-node', 'sdk-metrics')],
  },
  'API 1.9, sdk-trace 2.x': {
    flavour: 'trace',
    packages: [...at('1.9.1', 'api'), ...at('2.12.0', 'sdk-trace', 'sdk-metrics', 'context-async-hooks')],
  },
  'API 1.9, sdk-node 2.x': {
    flavour: 'sdk-node',
    packages: [...at('1.9.1', 'api'), ...at('0.223.0', 'sdk-node'), ...at('2.12.0', 'sdk-trace', 'sdk-metrics')],
  },
  'API 1.10, sdk-trace-node 2.x': {
    flavour: 'trace-node',
    takesTracerLate: true,
    packages: [...at('1.10.0', 'api'), ...at('2.12.0', 'sdk-trace-node', 'sdk-metrics')],
  },
  'API 1.10, sdk-trace 3.x': {
    flavour: 'trace',
    packages: [...at('1.10.0', 'api'), ...at('3.1.0', 'sdk-trace', 'sdk-metrics', 'context-async-hooks')],
  },
  'API 1.10, sdk-node 3.x': {
    flavour: 'sdk-node',
    packages: [...at('1.10.0', 'api'), ...at('0.301.0', 'sdk-node'), ...at('3.1.0', 'sdk-trace', 'sdk-metrics')],
  },
  // The very packages of ours: beside the product of the same line everybody has the same copies, as npm arranges it.
  'shared, sdk-trace 2.x': { flavour: 'trace', packages: [] },
  'shared, sdk-trace 3.x': { flavour: 'trace', packages: OURS_3 },
} as const satisfies Readonly<Record<string, Application>>;

/** Applications that have the API and nothing else, as one that uses an instrumented library does. */
export const APPLICATIONS_WITHOUT_SDK = {
  'API 1.9': { flavour: 'none', packages: at('1.9.1', 'api') },
  'API 1.10': { flavour: 'none', packages: at('1.10.0', 'api') },
} as const satisfies Readonly<Record<string, Application>>;

export type ApplicationName = keyof typeof APPLICATIONS | keyof typeof APPLICATIONS_WITHOUT_SDK;

const ALL: Readonly<Record<ApplicationName, Application>> = { ...APPLICATIONS, ...APPLICATIONS_WITHOUT_SDK };

/** What mcp-vitals itself is installed with: as in this checkout, or with the newer line. */
export const OURS = {
  'ours 2.x': [],
  'ours 3.x': OURS_3,
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type OurName = keyof typeof OURS;

/** `connected`: between `connect` and the first message; `after`: when all of mcp-vitals has started. */
export const ORDERS = ['before', 'connected', 'after'] as const;
export const FORMATS = ['mjs', 'cjs'] as const;

export interface GuestCase {
  readonly application: ApplicationName;
  readonly ours: OurName;
  readonly order: (typeof ORDERS)[number] | 'never';
  readonly format: (typeof FORMATS)[number];
  readonly sampler: 'on' | 'off';
  readonly node?: NodeMajor;
}

interface Report {
  readonly accepted: readonly boolean[];
  readonly metrics: readonly string[];
  readonly calls: number;
  readonly spans: readonly {
    readonly name: string;
    readonly kind: number;
    readonly traceId: string;
    readonly spanId: string;
    readonly parent?: string;
  }[];
}

/** Everything that can be seen of one guest from outside, after it was called `CALLS` times. */
export interface Observation {
  readonly report: Report;
  /** Calls of `work` after the application had registered its OpenTelemetry. */
  readonly callsAsGuest: number;
  /** Calls of `work` altogether. */
  readonly calls: number;
  /** Whether the application's own span was the active one within itself, in every call as a guest. */
  readonly active: readonly string[];
  readonly metricsText: string;
  readonly counted: number | undefined;
  readonly stderr: string;
}

const CALLS = 3;

/** A folder of its own with the fixtures in it, beside the packages of an application; to be removed by the caller. */
export async function programsOf(application: ApplicationName): Promise<string> {
  const folder = await packagesFolder(application, ALL[application].packages);
  const programs = await mkdtemp(join(folder, 'run-'));
  await cp(FIXTURES, programs, { recursive: true });
  return programs;
}

/** Runs an application with an OpenTelemetry of its own under mcp-vitals, both with the copies of the case. */
export async function observeGuest(guest: GuestCase, env: Readonly<Record<string, string>> = {}): Promise<Observation> {
  const { flavour, takesTracerLate } = ALL[guest.application];
  const scratch: string[] = [];
  let server: InstrumentedServer | undefined;
  try {
    const programs = await programsOf(guest.application);
    scratch.push(programs);
    const register = await registerUrl(guest.ours, scratch);
    const { order, sampler } = guest;
    server = await InstrumentedServer.start(join(programs, `main.${guest.format}`), {
      instrumented: false,
      nodeArguments: ['--import', register],
      arguments: [JSON.stringify({ flavour, order, sampler, takesTracerLate })],
      env,
      ...(guest.node === undefined ? {} : { node: guest.node }),
    });
    const client = new StdioRpcClient(server.child);
    await initialize(client);
    await server.url();
    let calls = 0;
    if (order === 'after') {
      await call(client, 'work');
      await call(client, 'register');
      calls += 1;
    }
    const active: string[] = [];
    for (let done = 0; done < CALLS; done += 1) active.push(await call(client, 'work'));
    calls += CALLS;
    const report = JSON.parse(await call(client, 'report')) as Report;
    const snapshot = await server.snapshot();
    const metricsText = await server.metricsText();
    const counted = snapshot.operations.find(({ target }) => target === 'work')?.count;
    return { report, callsAsGuest: CALLS, calls, active, metricsText, counted, stderr: server.stderr };
  } finally {
    await server?.stop();
    await Promise.all(scratch.map((path) => rm(path, { recursive: true, force: true })));
  }
}

export async function call(client: StdioRpcClient, name: string): Promise<string> {
  const { result, error } = await client.request('tools/call', { name, arguments: {} });
  const { content, isError } = (result ?? {}) as { content?: { text: string }[]; isError?: boolean };
  if (content === undefined || isError === true) throw new Error(`${name} failed: ${JSON.stringify(error ?? content)}`);
  return content[0]?.text ?? '';
}

/** The built product, beside the dependencies of the case; folders it makes are added to `scratch`, to be removed. */
export async function registerUrl(ours: OurName, scratch: string[]): Promise<string> {
  const packages = OURS[ours];
  if (packages.length === 0) return REGISTER_URL;
  const folder = await packagesFolder(ours, packages);
  const copy = await mkdtemp(join(folder, 'run-'));
  scratch.push(copy);
  await mkdir(join(copy, 'dist'));
  await cp(DIST, join(copy, 'dist'), { recursive: true });
  await cp(join(DIST, '../package.json'), join(copy, 'package.json'));
  return pathToFileURL(join(copy, 'dist/register.js')).href;
}
