// A server under constant load, which tells what it used and how late its event loop was. Arguments: module that starts the product,
// tools, calls a second; where the pieces of the figures are to be measured, the module that takes them.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as after } from 'node:timers/promises';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';

const EVERY_MS = 20;
const [attach, toolCount, perSecond, liveState] = process.argv.slice(2);
const TOOLS = Number(toolCount);
const CALLS = (Number(perSecond) * EVERY_MS) / 1_000;

const server = new McpServer({ name: 'page', version: '1.0.0' });
for (let tool = 0; tool < TOOLS; tool += 1) {
  server.registerTool(`tool_${tool}`, {}, async () => {
    await after(tool % 5);
    return { content: [{ type: 'text', text: 'done' }] };
  });
}
// No client of the SDK: what it would ask would be measured as well.
const [near, far] = InMemoryTransport.createLinkedPair();
await server.connect(far);
await near.start();
let calls = 0;
const send = (method, params) => near.send({ jsonrpc: '2.0', id: ++calls, method, params });
await send('initialize', {
  protocolVersion: '2025-06-18',
  capabilities: {},
  clientInfo: { name: 'page', version: '1.0.0' },
});
await near.send({ jsonrpc: '2.0', method: 'notifications/initialized' });
const call = () => void send('tools/call', { name: `tool_${calls % TOOLS}`, arguments: {} });
let due = 0;
setInterval(() => {
  for (due += CALLS; due >= 1; due -= 1) call();
}, EVERY_MS);

const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
let began;
let running;
const ticks = [];
let warmUp = () => {};

/** CPU of this process, all its threads, in milliseconds. */
function cpuMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** Measures every step in which the figures for the stream are taken. */
async function watchTicks() {
  const { LiveState } = await import(liveState);
  const { refresh } = LiveState.prototype;
  LiveState.prototype.refresh = function* (isAll) {
    // All at once and not counted: what is measured is code that has run before.
    warmUp = () => [...refresh.call(this, true)].length;
    const steps = refresh.call(this, isAll);
    const tick = { cpuMs: 0, longestMs: 0 };
    for (;;) {
      const from = cpuMs();
      const { done } = steps.next();
      const took = cpuMs() - from;
      tick.cpuMs += took;
      tick.longestMs = Math.max(tick.longestMs, took);
      if (done) break;
      yield;
    }
    // The first one takes everything.
    if (!isAll) ticks.push(tick);
  };
}

const commands = {
  /** Waits until everything is loaded; answers the address of the status endpoint. */
  async started() {
    if (liveState !== undefined) await watchTicks();
    const { attachment } = await import(attach);
    running = await attachment.start();
    return running.url;
  },
  /** Calls every tool several times, and takes its figures. */
  async exercise({ times }) {
    for (let round = 0; round < times; round += 1) {
      for (let tool = 0; tool < TOOLS; tool += 1) call();
      await after(10);
      warmUp();
    }
  },
  /** Figures since the last time this was asked: share of one core, and what exceeds the millisecond between two firings. */
  figures() {
    const now = { at: performance.now(), cpu: cpuMs(), calls };
    const before = began ?? now;
    began = now;
    const exceeding = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - 1);
    const answer = {
      cpuShare: (now.cpu - before.cpu) / (now.at - before.at),
      p99Ms: exceeding(delay.percentile(99)),
      meanMs: exceeding(delay.mean),
      calls: now.calls - before.calls,
      seconds: (now.at - before.at) / 1_000,
    };
    delay.reset();
    return answer;
  },
  /** What each refresh of the stream's figures cost since the last time this was asked. */
  ticks: () => ticks.splice(0),
  /** What taking and writing all figures at once costs, `times` times. */
  async whole({ times }) {
    const each = [];
    for (let round = 0; round < times; round += 1) {
      await after(20);
      const from = cpuMs();
      const { length } = JSON.stringify(running.snapshot());
      each.push({ cpuMs: cpuMs() - from, bytes: length });
    }
    return each;
  },
};
process.on('message', async ({ id, command, ...input }) => process.send({ id, value: await commands[command](input) }));
process.on('disconnect', () => process.exit());
process.send({ id: 0 });
