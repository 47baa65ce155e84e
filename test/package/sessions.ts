import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Something the client sends. */
export interface Step {
  readonly method: string;
  readonly params?: Readonly<Record<string, unknown>>;
  /** How often, default 1. */
  readonly times?: number;
  /** Sent without waiting for answers; only where the server answers in order, which it does not after waiting for I/O. */
  readonly atOnce?: boolean;
  /** What the operation is called on `/metrics` when that is not the method and the name in the parameters. */
  readonly countedAs?: string;
}

/** Where a server runs. */
export interface Places {
  /** The project with the installed packages. */
  readonly folder: string;
  /** A folder of the session, emptied before every run. */
  readonly state: string;
  /** Two ports nobody else listens on, the same for all runs that are compared; servers over HTTP get the first. */
  readonly ports: readonly [number, number];
  /** Base address of the stand-in for the one remote service a server asks. */
  readonly api: string;
}

/** A server of others and what is said to it. Every answer must be the same in every run, apart from `masked`. */
export interface Session {
  readonly title: string;
  /** The server's script, relative to the project. */
  readonly script: string;
  readonly arguments?: (places: Places) => readonly string[];
  readonly env?: (places: Places) => Readonly<Record<string, string>>;
  /** Fills the empty state folder. */
  readonly prepare?: (places: Places) => Promise<void>;
  readonly steps: (places: Places) => readonly Step[];
  /** Speaks Streamable HTTP on a port given by argument or environment, and says on stderr when it listens. */
  readonly http?: { readonly listens: RegExp; readonly port: 'PORT' | '--port' };
  /** What differs from run to run without us too. */
  readonly masked?: readonly RegExp[];
  readonly ends: readonly End[];
}

/** What ends a run: the client closes stdin, or a signal. */
export type End = 'stdin' | 'SIGTERM' | 'SIGINT';

export const call = (name: string, arguments_: object = {}, more: Partial<Step> = {}): Step => ({
  method: 'tools/call',
  params: { name, arguments: arguments_ },
  ...more,
});

export const UNKNOWN_TOOL: Step = call('no_such_tool', {}, { countedAs: 'tools/call _OTHER' });
export const UNKNOWN_METHOD: Step = { method: 'no/such/method', params: { a: 1 }, countedAs: '_OTHER' };

/** The first words of a client of the 2024 to 2025 revisions. */
export const HELLO: readonly Step[] = [
  {
    method: 'initialize',
    params: {
      protocolVersion: '2025-06-18',
      capabilities: {},
      clientInfo: { name: 'package-test', version: '1.0.0' },
    },
  },
  { method: 'notifications/initialized' },
  { method: 'ping' },
  { method: 'tools/list', params: {} },
];

/** Revision 2026-07-28: no handshake, every request says who asks. */
export const modern = (step: Step): Step => ({
  ...step,
  params: {
    ...step.params,
    _meta: {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': { name: 'package-test', version: '1.0.0' },
      'io.modelcontextprotocol/clientCapabilities': {},
    },
  },
});

const EVERYTHING: readonly Step[] = [
  ...HELLO,
  call('echo', { message: 'zwei – 二 – 😀' }),
  call('echo', { message: 'x' }, { times: 20, atOnce: true }),
  call('echo', { message: 'long '.repeat(20_000) }),
  call('echo', { message: 42 }),
  call('get-sum', { a: 1, b: 2 }),
  call('get-structured-content', { location: 'Chicago' }),
  call('get-tiny-image'),
  call('get-annotated-message', { messageType: 'error', includeImage: true }),
  {
    ...call('trigger-long-running-operation'),
    params: {
      name: 'trigger-long-running-operation',
      arguments: { duration: 0.2, steps: 4 },
      _meta: { progressToken: 'progress' },
    },
  },
  UNKNOWN_TOOL,
  UNKNOWN_METHOD,
  { method: 'logging/setLevel', params: { level: 'error' } },
  { method: 'prompts/list' },
  { method: 'prompts/get', params: { name: 'args-prompt', arguments: { city: 'Oslo' } } },
  { method: 'resources/list' },
  { method: 'resources/templates/list' },
  { method: 'resources/read', params: { uri: 'demo://resource/static/document/architecture.md' } },
  { method: 'resources/read', params: { uri: 'demo://nowhere' } },
  {
    method: 'completion/complete',
    params: {
      ref: { type: 'ref/prompt', name: 'completable-prompt' },
      argument: { name: 'department', value: 'S' },
    },
  },
];

const MEMORY: readonly Step[] = [
  ...HELLO,
  call('create_entities', {
    entities: [
      { name: 'a', entityType: 'letter', observations: ['first'] },
      { name: 'b', entityType: 'letter', observations: [] },
    ],
  }),
  call('create_relations', { relations: [{ from: 'a', to: 'b', relationType: 'precedes' }] }),
  call('add_observations', { observations: [{ entityName: 'b', contents: ['second'] }] }),
  call('add_observations', { observations: [{ entityName: 'nobody', contents: ['lost'] }] }),
  call('search_nodes', { query: 'second' }),
  call('open_nodes', { names: ['a'] }),
  call('open_nodes', { names: 'not a list' }),
  call('read_graph', {}, { times: 5 }),
  UNKNOWN_TOOL,
  UNKNOWN_METHOD,
];

const thought = (number: number): Step =>
  call('sequentialthinking', {
    thought: `thought ${number}`,
    nextThoughtNeeded: number < 3,
    thoughtNumber: number,
    totalThoughts: 3,
  });

const THINKING: readonly Step[] = [
  ...HELLO,
  ...[1, 2, 3].map(thought),
  call('sequentialthinking', { thoughtNumber: 'none' }),
  UNKNOWN_TOOL,
];

const CONTEXT7: readonly Step[] = [
  call('resolve-library-id', { query: 'how to', libraryName: 'somewhere' }),
  call('query-docs', { libraryId: '/some/where', query: 'how to' }, { times: 3 }),
  call('query-docs', { libraryId: 42 }),
  UNKNOWN_TOOL,
  { method: 'prompts/list' },
];

const CONTEXT7_SERVER = {
  script: 'node_modules/@upstash/context7-mcp/dist/index.js',
  env: ({ api, ports }: Places) => ({ CONTEXT7_API_URL: api, OTEL_EXPORTER_PROMETHEUS_PORT: String(ports[1]) }),
} as const;

export const HTTP_MASKS: readonly RegExp[] = [
  // Session and event ids are drawn at random, and the time stands in every answer.
  /[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g,
  /(?<=\r\nDate: )[^\r]+/g,
];

const STDIO_ENDS = ['stdin', 'SIGTERM'] as const;

export const EVERYTHING_STDIO: Session = {
  title: 'server-everything over stdio',
  script: 'node_modules/@modelcontextprotocol/server-everything/dist/index.js',
  steps: () => EVERYTHING,
  ends: ['stdin', 'SIGTERM', 'SIGINT'],
};

export const CONTEXT7_STDIO: Session = {
  ...CONTEXT7_SERVER,
  title: 'context7 (SDK 2.x) over stdio, client of 2025',
  steps: () => [...HELLO, ...CONTEXT7, UNKNOWN_METHOD],
  ends: STDIO_ENDS,
};

export const MEMORY_STDIO: Session = {
  title: 'server-memory',
  script: 'node_modules/@modelcontextprotocol/server-memory/dist/index.js',
  env: ({ state }) => ({ MEMORY_FILE_PATH: join(state, 'memory.jsonl') }),
  steps: () => MEMORY,
  ends: STDIO_ENDS,
};

export const THINKING_STDIO: Session = {
  title: 'server-sequential-thinking',
  script: 'node_modules/@modelcontextprotocol/server-sequential-thinking/dist/index.js',
  steps: () => THINKING,
  ends: STDIO_ENDS,
};

/** Sessions on the Node the tests run on. */
export const SESSIONS: readonly Session[] = [
  EVERYTHING_STDIO,
  {
    ...EVERYTHING_STDIO,
    title: 'server-everything over Streamable HTTP',
    arguments: () => ['streamableHttp'],
    http: { listens: /listening on port/, port: 'PORT' },
    masked: HTTP_MASKS,
    ends: ['SIGTERM', 'SIGINT'],
  },
  {
    title: 'server-filesystem',
    script: 'node_modules/@modelcontextprotocol/server-filesystem/dist/index.js',
    arguments: ({ state }) => [state],
    prepare: async ({ state }) => {
      await mkdir(join(state, 'inner'));
      await writeFile(join(state, 'text.txt'), 'one\ntwo – 二\nthree\n');
    },
    steps: ({ state }) => [
      ...HELLO,
      call('list_allowed_directories'),
      call('list_directory', { path: state }),
      call('directory_tree', { path: state }),
      call('read_text_file', { path: join(state, 'text.txt') }, { times: 5 }),
      call('read_text_file', { path: join(state, 'text.txt'), head: 1 }),
      call('read_text_file', { path: join(state, 'missing.txt') }),
      call('read_text_file', { path: join(state, '..') }),
      call('write_file', { path: join(state, 'new.txt'), content: 'x'.repeat(100_000) }),
      call('edit_file', { path: join(state, 'text.txt'), edits: [{ oldText: 'three', newText: 'four' }] }),
      call('move_file', { source: join(state, 'new.txt'), destination: join(state, 'inner/new.txt') }),
      call('search_files', { path: state, pattern: '**/*.txt' }),
      UNKNOWN_TOOL,
      UNKNOWN_METHOD,
    ],
    ends: STDIO_ENDS,
  },
  MEMORY_STDIO,
  THINKING_STDIO,
  {
    title: "ESLint's server (handles SIGTERM itself)",
    script: 'node_modules/@eslint/mcp/src/mcp-cli.js',
    prepare: async ({ state }) => {
      await writeFile(join(state, 'eslint.config.mjs'), 'export default [{ rules: { "no-var": "error" } }];\n');
      await writeFile(join(state, 'old.js'), 'var a = 1;\n');
    },
    steps: ({ state }) => [
      ...HELLO,
      call('lint-files', { filePaths: [join(state, 'old.js')] }, { times: 3 }),
      call('lint-files', { filePaths: [] }),
      call('lint-files', { filePaths: [join(state, 'missing.js')] }),
      UNKNOWN_TOOL,
    ],
    ends: STDIO_ENDS,
  },
  {
    // Its tool `debug` answers with the own properties of the server object: what we leave there would show.
    title: 'mcp-hello-world (early registration API)',
    script: 'node_modules/mcp-hello-world/build/stdio.js',
    steps: () => [
      ...HELLO,
      call('echo', { message: 'hello' }, { times: 10, atOnce: true }),
      call('debug'),
      UNKNOWN_TOOL,
      { method: 'resources/read', params: { uri: 'hello://world' } },
      { method: 'resources/read', params: { uri: 'greeting://you' } },
      { method: 'prompts/get', params: { name: 'helpful-assistant' } },
    ],
    ends: STDIO_ENDS,
  },
  CONTEXT7_STDIO,
  {
    ...CONTEXT7_STDIO,
    title: 'context7 (SDK 2.x) over stdio, client of 2026-07-28',
    steps: () =>
      [{ method: 'server/discover' }, { method: 'tools/list' }, ...CONTEXT7, UNKNOWN_METHOD].map((step) =>
        modern(step),
      ),
  },
  {
    ...CONTEXT7_SERVER,
    title: 'context7 (SDK 2.x) over stateless HTTP, clients of both eras, its own OpenTelemetry switched on',
    arguments: () => ['--transport', 'http'],
    http: { listens: /running on HTTP/, port: '--port' },
    steps: () => [...HELLO, ...CONTEXT7, ...[{ method: 'tools/list' }, ...CONTEXT7].map((step) => modern(step))],
    masked: HTTP_MASKS,
    ends: ['SIGTERM'],
  },
  {
    title: 'a server written with fastmcp',
    script: 'fastmcp-server.mjs',
    steps: () => [
      ...HELLO,
      call('greet', { name: 'you' }, { times: 5, atOnce: true }),
      call('greet', { name: 1 }),
      call('fail'),
      UNKNOWN_TOOL,
      UNKNOWN_METHOD,
    ],
    ends: STDIO_ENDS,
  },
];

/** What `/metrics` must count after these steps. */
export function operationsIn(steps: readonly Step[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { method, params, times = 1, countedAs } of steps) {
    const name = method === 'tools/call' || method === 'prompts/get' ? ` ${params?.['name']}` : '';
    const operation = countedAs ?? method + name;
    counts[operation] = (counts[operation] ?? 0) + times;
  }
  return counts;
}
