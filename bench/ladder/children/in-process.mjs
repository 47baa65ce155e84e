// One row in process: a server of the MCP SDK and, joined by its in-memory transport, who calls it. The caller speaks bare
// JSON-RPC: a client of the SDK would be measured as well, and its figures would count as the server's.
// Arguments: row, folder of the built product.
import { setImmediate as turn } from 'node:timers/promises';
import { answerCommands, cpuUs, profilerCommands } from './answering.mjs';
import { prepare } from './configuration.mjs';

/** Calls between two turns of the event loop: exporters and timers must get to run, as they do in a real server. */
const CALLS_PER_TURN = 32;

const [row, build] = process.argv.slice(2);
const prepared = await prepare(row, build);
const { createEchoServer } = await import('./echo-server.mjs');
const { InMemoryTransport } = await import('@modelcontextprotocol/sdk/inMemory.js');

const [clientSide, serverSide] = InMemoryTransport.createLinkedPair();
let answered;
let lastId = 0;
clientSide.onmessage = (message) => message.id === lastId && answered(message);
const request = (method, params) =>
  new Promise((resolve) => {
    answered = resolve;
    lastId += 1;
    clientSide.send({ jsonrpc: '2.0', id: lastId, method, params });
  });
const call = async () => {
  const { error } = await request('tools/call', { name: 'echo', arguments: { text: 'hello' } });
  if (error !== undefined) throw new Error(error.message);
};
await createEchoServer(prepared.wrapHandler).connect(serverSide);
await clientSide.start();
const clientInfo = { name: 'ladder', version: '1.0.0' };
await request('initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo });
await clientSide.send({ jsonrpc: '2.0', method: 'notifications/initialized' });
await call();
await prepared.started?.();

async function run({ calls }) {
  const elapsedMs = new Float64Array(calls);
  const cpuFromUs = cpuUs();
  for (let done = 0; done < calls; done += 1) {
    const from = performance.now();
    await call();
    elapsedMs[done] = performance.now() - from;
    if (done % CALLS_PER_TURN === 0) await turn();
  }
  const cpuPerCallUs = (cpuUs() - cpuFromUs) / calls;
  elapsedMs.sort();
  return { p50Us: elapsedMs[calls >> 1] * 1000, cpuUs: cpuPerCallUs };
}

answerCommands({
  run,
  recorded: () => prepared.recorded?.(),
  dropped: () => prepared.dropped?.() ?? {},
  ...profilerCommands(),
});
process.send({ id: 0 });
