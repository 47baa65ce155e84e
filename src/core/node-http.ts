import type * as http from 'node:http';

/**
 * Node's `http`, only loaded by asking. Importing it by name or by `import()` reads all its exports, and since Node 22.5 one of
 * them, `WebSocket`, loads a whole HTTP client and its WebAssembly: 14 MB resident that nobody uses.
 */
export function nodeHttp(): typeof http {
  return process.getBuiltinModule('node:http');
}
