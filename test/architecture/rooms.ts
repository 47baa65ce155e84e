import { type ImportEdge, importsOf } from './imports.ts';
import { codeOnly, lineAt, type SourceFile } from './source-files.ts';

const MIDDLE = [
  'mcp',
  'runtime',
  'slo',
  'alerts',
  'admission',
  'components',
  'experiments',
  'profiling',
  'exporters',
  'status',
  'load',
  'rules',
] as const;

const LEAVES = ['core', 'semconv', 'config'] as const;

/**
 * Which room may import which, itself aside. A room is a folder of `src` or a file beside them (`index`, `register`).
 * What stands in no row may import nothing, so a new room needs a row.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  semconv: [],
  config: ['core'],
  ...Object.fromEntries(MIDDLE.map((room) => [room, LEAVES])),
  sdk: [...LEAVES, ...MIDDLE.filter((room) => room !== 'load' && room !== 'rules')],
  // On top of everything: `ps` reads the discovery files, `doctor` asks the rooms what they would do here.
  cli: [...LEAVES, 'sdk', ...MIDDLE],
  // The small hook and the off switch; the composition root is loaded by address once an MCP SDK is there.
  register: ['config', 'mcp'],
  index: [...LEAVES, 'sdk', ...MIDDLE],
};

/** A module that only some rooms may touch. */
interface Fence {
  readonly module: RegExp;
  readonly kinds: Readonly<Partial<Record<ImportEdge['kind'], readonly string[]>>>;
}

const FENCES: readonly Fence[] = [
  {
    // `src/core/node-http.ts` says why nobody imports more of it than its types.
    module: /^node:http2?$/,
    kinds: { type: ['core', 'sdk', ...MIDDLE] },
  },
  {
    module: /^node:https$/,
    kinds: { dynamic: ['exporters'] },
  },
  { module: /^node:inspector/, kinds: { value: ['profiling'], dynamic: ['profiling'], type: ['profiling'] } },
  { module: /^node:(timers|perf_hooks)/, kinds: { value: ['core', 'runtime'], type: ['core', 'runtime'] } },
  {
    module: /^@opentelemetry\/sdk-trace/,
    kinds: { value: ['sdk'], dynamic: ['sdk'], type: ['sdk', 'slo', 'exporters', 'mcp'] },
  },
  {
    module: /^@opentelemetry\/sdk-metrics/,
    kinds: { value: ['sdk', 'alerts', 'exporters'], dynamic: ['sdk', 'alerts', 'exporters'], type: ['sdk', ...MIDDLE] },
  },
  { module: /^@opentelemetry\/instrumentation/, kinds: { value: ['mcp'], dynamic: ['mcp'], type: ['mcp'] } },
  {
    module: /^@opentelemetry\/(otlp|exporter)-/,
    kinds: { value: ['exporters'], dynamic: ['exporters', 'sdk'], type: ['exporters', 'sdk'] },
  },
  { module: /^@modelcontextprotocol\//, kinds: { type: ['mcp'], dynamic: ['load'] } },
  { module: /^@openfeature\//, kinds: { type: ['experiments'] } },
];

/** Code that only some files may contain, each with the reason. */
interface Ban {
  readonly what: string;
  readonly pattern: RegExp;
  readonly allowed: Readonly<Record<string, string>>;
}

export const BANS: readonly Ban[] = [
  {
    what: 'the environment',
    pattern: /\bprocess\s*\.\s*env\b/g,
    allowed: {
      'src/config/': 'the only reader of the environment',
      'src/cli/main.ts': 'a command hands its environment on to the programs it starts',
    },
  },
  {
    what: 'a timer or wall-clock time outside the clock',
    pattern: /\b(?:Date\s*\.\s*now|process\s*\.\s*hrtime|set(?:Timeout|Interval))\b|\bnew Date\(\s*\)/g,
    allowed: { 'src/core/clock.ts': 'the one source of time', 'src/status/page/': 'runs in a browser' },
  },
  {
    what: 'monotonic time outside the clock',
    pattern: /\bperformance\s*\.\s*(?:now|timeOrigin)\b/g,
    allowed: {
      'src/core/clock.ts': 'the one source of time',
      'src/status/page/': 'runs in a browser',
      'src/mcp/': 'stage stamps on the hot path: a call through the interface costs more than the stamp',
    },
  },
  {
    what: 'stdout',
    pattern: /\bconsole\s*\.|\bprocess\s*\.\s*stdout\b|\bwriteSync\(\s*1\b/g,
    allowed: { 'src/cli/': 'a command prints; a server speaks its protocol on stdout' },
  },
  {
    what: 'stderr past the diagnostics',
    pattern: /\bprocess\s*\.\s*stderr\b|\bwriteSync\(\s*2\b/g,
    allowed: {
      'src/core/diag.ts': 'the rate-limited writer',
      'src/cli/': 'a command reports its own errors',
      'src/sdk/start.ts': 'the periodic summary is output the user asked for, not a diagnostic',
    },
  },
  {
    what: 'process.exit',
    pattern: /\bprocess\s*\.\s*exit\s*\(/g,
    allowed: { 'src/cli/': 'only a command ends its process' },
  },
  {
    what: 'process.argv',
    pattern: /\bprocess\s*\.\s*argv\b/g,
    allowed: {
      'src/cli/': 'a command reads its arguments',
      'src/sdk/application-api.ts': 'the entry script says whose OpenTelemetry API copy to resolve',
    },
  },
  { what: 'export *', pattern: /\bexport\s*\*/g, allowed: {} },
  { what: 'a default export', pattern: /\bexport\s+default\b|\bas\s+default\b/g, allowed: {} },
];

const NAMELESS = /(^|[-.])(utils?|helpers?|common|misc)([-.]|$)/;

/** Lines a file may have, by its top folder. */
const MAX_LINES: Readonly<Record<string, number>> = { src: 300, test: 500, bench: 500, examples: 500 };

/** Files that may be longer, each with the reason. */
export const LONG_FILES: Readonly<Record<string, string>> = {};

function roomOf(path: string): string {
  const inside = path.slice('src/'.length);
  return inside.includes('/') ? inside.slice(0, inside.indexOf('/')) : inside.replace(/\.[cm]?[jt]s$/, '');
}

function checkEdge(edge: ImportEdge): string | undefined {
  const room = roomOf(edge.path);
  const where = `${edge.path}:${edge.line}`;
  if (edge.target.startsWith('src/')) {
    const target = roomOf(edge.target);
    if (target === room || MAY_IMPORT[room]?.includes(target)) return undefined;
    return `${where}: ${room} may not import ${target}`;
  }
  if (/^\.\.?(\/|$)|^(test|bench|examples)\//.test(edge.target)) return `${where}: ${edge.target} lies outside src`;
  if (room === 'semconv' || (room === 'core' && !edge.target.startsWith('node:'))) {
    return `${where}: ${room} imports no package (${edge.target})`;
  }
  const fence = FENCES.find(({ module }) => module.test(edge.target));
  if (fence === undefined || fence.kinds[edge.kind]?.includes(room)) return undefined;
  return `${where}: ${room} may not import ${edge.target} (${edge.kind})`;
}

function checkBans({ path, text }: SourceFile): string[] {
  const code = codeOnly(text, { strings: 'blank' });
  return BANS.filter(({ allowed }) => !Object.keys(allowed).some((prefix) => path.startsWith(prefix))).flatMap(
    ({ what, pattern }) =>
      [...code.matchAll(pattern)].map((hit) => `${path}:${lineAt(code, hit.index)}: ${what} (${hit[0].trim()})`),
  );
}

function checkShape({ path, text }: SourceFile): string[] {
  const problems: string[] = [];
  const limit = MAX_LINES[path.slice(0, path.indexOf('/'))];
  const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
  if (limit !== undefined && lines > limit && !(path in LONG_FILES)) {
    problems.push(`${path}: ${lines} lines, at most ${limit}`);
  }
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (NAMELESS.test(name)) problems.push(`${path}: the name says nothing; name the concept`);
  return problems;
}

/** Everything that is wrong with the given files, one line each; an empty list means that the rooms are in order. */
export function checkRooms(files: readonly SourceFile[]): string[] {
  const src = files.filter(({ path }) => path.startsWith('src/'));
  return [
    ...src.flatMap((file) => importsOf(file).flatMap((edge) => checkEdge(edge) ?? [])),
    ...src.flatMap(checkBans),
    ...files.flatMap(checkShape),
  ];
}
