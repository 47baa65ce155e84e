/** Global under which the SDK copies of a process find the instrumentation; absent means "not measured". */
export const HOOK_SYMBOL_KEY = 'mcp-vitals.hook';

/** Without any quote: what looks like the SDK may stand in a string of a bundle, which must stay one. */
const HOOK = `globalThis[Symbol.for(/${HOOK_SYMBOL_KEY}/.source)]`;

/** A file of the MCP SDK, or a bundle that holds it, contains one of these property names: they survive minification. */
const MARKERS = ['_onrequest', '_registeredTools', 'processReadBuffer', '_connectNegotiated'] as const;

const IDENTIFIER = '[A-Za-z_$][\\w$]*';
/** `async connect(x){`: a protocol object or a high-level server is about to attach to a transport. */
const CONNECT = new RegExp(`(\\bconnect\\(\\s*(${IDENTIFIER})\\s*\\)\\s*\\{)`, 'g');
/** `async connect(x, y){` of a client of SDK 2.x, which asks the server for its revisions before its protocol object attaches. */
const NEGOTIATING_CONNECT = new RegExp(
  `(\\basync connect\\(\\s*(${IDENTIFIER})\\s*,\\s*${IDENTIFIER}\\s*\\)\\s*\\{)`,
  'g',
);
/** `_requestHandlers = new Map`: a protocol object under construction, before anything can be registered on it. */
const REQUEST_HANDLERS = /(_requestHandlers["']?\s*[=,]\s*)((?:\/\*[^*]*\*\/\s*)?new Map(?:\(\))?)/g;
/** `_registeredTools = {}`: a high-level server under construction. */
const REGISTERED_TOOLS = /(_registeredTools["']?\s*[=,]\s*)(\{\}|Object\.create\(null\))/g;
/** `processReadBuffer(){`: a stdio transport begins to parse a chunk. */
const PROCESS_READ_BUFFER = /(\bprocessReadBuffer\(\)\s*\{)/g;

/** Whether a source may need {@link transformSource}; works on bytes, so that most files are never decoded. */
export function mayContainSdk(source: string | Uint8Array): boolean {
  if (typeof source === 'string') return MARKERS.some((marker) => source.includes(marker));
  const bytes = Buffer.from(source.buffer, source.byteOffset, source.byteLength);
  return MARKERS.some((marker) => bytes.includes(marker));
}

/**
 * Puts calls to the instrumentation into a source that holds a copy of the MCP SDK, and answers `undefined` for every other.
 *
 * Lines keep their numbers, nothing is removed or renamed, and without the instrumentation the calls do nothing. A source
 * that has the calls already is left alone, so that two hooks in a row do no harm.
 *
 * @param preamble code to run before the source, put on its first line (after a `#!` line and a directive)
 */
export function transformSource(source: string, preamble = ''): string | undefined {
  if (source.includes(HOOK_SYMBOL_KEY) || !mayContainSdk(source)) return undefined;
  let changed = source;
  if (source.includes('_onrequest') || source.includes('_registeredTools')) {
    changed = changed
      .replace(CONNECT, `$1${HOOK}?.connect(this,$2);`)
      .replace(REQUEST_HANDLERS, `$1(${HOOK}?.construct(this),$2)`)
      .replace(REGISTERED_TOOLS, `$1(${HOOK}?.construct(this),$2)`);
  }
  if (source.includes('_connectNegotiated')) {
    changed = changed.replace(NEGOTIATING_CONNECT, `$1${HOOK}?.connect(this,$2);`);
  }
  changed = changed.replace(PROCESS_READ_BUFFER, `$1${HOOK}?.receive(this);`);
  if (changed === source) return undefined;
  if (preamble === '') return changed;
  const shebang = /^#![^\n]*\n/.exec(changed)?.[0] ?? '';
  return `${shebang}${preamble}${changed.slice(shebang.length)}`;
}
