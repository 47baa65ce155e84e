// A server under constant load, which tells what it used and how late its event loop was. Argument: folder of the built product.
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as after } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';

const TOOLS = 20;
const EVERY_MS = 20;
/** 100 calls a second. */
const CALLS = 2;

const [build] = process.argv.slice(2);
const server = new McpServer({ name: 'page', version: '1.0.0' });
for (let tool = 0; tool < TOOLS; tool += 1) {
  server.registerTool(`tool_${tool}`, {}, async () => {
    await after(tool % 5);
    return { content: [{ type: 'text', text: 'done' }] };
  });
}
const [near, far] = InMemoryTransport.createLinkedPair();
const client = new Client({ name: 'page', version: '1.0.0' });
await Promise.all([server.connect(near), client.connect(far)]);
let calls = 0;
setInterval(() => {
  for (let call = 0; call < CALLS; call += 1) {
    calls += 1;
    void client.callTool({ name: `tool_${calls % TOOLS}`, arguments: {} });
  }
}, EVERY_MS);

const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
let began;

const commands = {
  /** Waits until everything is loaded; answers the address of the status endpoint. */
  async started() {
    const { attachment } = await import(pathToFileURL(join(build, 'sdk/attach.js')).href);
    return (await attachment.start()).url;
  },
  /** Figures since the last time this was asked: share of one core, P99 of what exceeds the millisecond between two firings. */
  figures() {
    const now = { at: performance.now(), cpu: process.cpuUsage(), calls };
    const before = began ?? now;
    began = now;
    const p99Ms = Math.max(0, delay.percentile(99) / 1e6 - 1);
    delay.reset();
    const usedMs = (now.cpu.user + now.cpu.system - before.cpu.user - before.cpu.system) / 1000;
    return { cpuShare: usedMs / (now.at - before.at), p99Ms, calls: now.calls - before.calls };
  },
};
process.on('message', async ({ id, command }) => process.send({ id, value: await commands[command]() }));
process.on('disconnect', () => process.exit());
process.send({ id: 0 });
