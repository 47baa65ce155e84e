// One row in process: a server and a client of the MCP SDK joined by its in-memory transport.
// Arguments: row, folder of the built product.
import { setImmediate as turn } from 'node:timers/promises';
import { answerCommands, cpuUs, profilerCommands } from './answering.mjs';
import { prepare } from './configuration.mjs';

/** Calls between two turns of the event loop: exporters and timers must get to run, as they do in a real server. */
const CALLS_PER_TURN = 32;

const [row, build] = process.argv.slice(2);
const prepared = await prepare(row, build);
const { createEchoServer } = await import('./echo-server.mjs');
const { Client } = await import('@modelcontextprotocol/sdk/client/index.js');
const { InMemoryTransport } = await import('@modelcontextprotocol/sdk/inMemory.js');

const [clientSide, serverSide] = InMemoryTransport.createLinkedPair();
const client = new Client({ name: 'ladder', version: '1.0.0' });
await createEchoServer(prepared.wrapHandler).connect(serverSide);
await client.connect(clientSide);
const request = { name: 'echo', arguments: { text: 'hello' } };
await client.callTool(request);
await prepared.started?.();

async function run({ calls }) {
  const elapsedMs = new Float64Array(calls);
  const cpuFromUs = cpuUs();
  for (let call = 0; call < calls; call += 1) {
    const from = performance.now();
    await client.callTool(request);
    elapsedMs[call] = performance.now() - from;
    if (call % CALLS_PER_TURN === 0) await turn();
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
