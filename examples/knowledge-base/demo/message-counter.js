// @ts-check
/** Counts what a client really puts on the wire, handshake included, to compare it with what the server says it received. */

/**
 * @typedef {object} MessageCounter
 * @property {(transport: import('@modelcontextprotocol/sdk/shared/transport.js').Transport) => void} attach before the transport is started
 * @property {(names: ReadonlySet<string>) => Map<string, number>} counts calls by operation; a tool or prompt outside `names` counts as `_OTHER`
 */

/** @returns {MessageCounter} */
export function createMessageCounter() {
  /** @type {Map<string, { method: string, target: string | undefined, count: number }>} */
  const counted = new Map();
  return {
    attach: (transport) => {
      const send = transport.send.bind(transport);
      transport.send = (message, options) => {
        if ('method' in message) count(counted, message);
        return send(message, options);
      };
    },
    counts: (names) => {
      const byOperation = new Map();
      for (const { method, target, count } of counted.values()) {
        const name = target === undefined || names.has(target) ? target : '_OTHER';
        const operation = name === undefined ? method : `${method} ${name}`;
        byOperation.set(operation, (byOperation.get(operation) ?? 0) + count);
      }
      return byOperation;
    },
  };
}

/**
 * @param {Map<string, { method: string, target: string | undefined, count: number }>} counted
 * @param {{ method: string, params?: Record<string, unknown> | undefined }} message
 */
function count(counted, { method, params }) {
  const hasTarget = method === 'tools/call' || method === 'prompts/get';
  const target = hasTarget ? String(params?.['name']) : undefined;
  const key = JSON.stringify([method, target]);
  const entry = counted.get(key);
  if (entry === undefined) counted.set(key, { method, target, count: 1 });
  else entry.count += 1;
}
