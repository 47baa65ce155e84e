// A server with much to collect, which tells after every phase how late its event loop was, what CPU time it used, what its
// longest turns were, and what it did synchronously. CPU time is its own, whatever else the machine does.
import childProcess from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { metrics } from '@opentelemetry/api';

const TOOLS = Number(process.env.TOOLS);
/** Of the application, which is collected by OpenTelemetry's SDK. */
const OWN_SERIES = 300;

const forbidden = new Map();
const watch = (module, names) => {
  for (const name of names) {
    const original = module[name];
    module[name] = (...args) => {
      forbidden.set(name, (forbidden.get(name) ?? 0) + 1);
      return original(...args);
    };
  }
};
watch(
  fs,
  // The scheduler's account of the own thread is a file that stays open, in memory of the kernel.
  Object.keys(fs).filter((name) => name.endsWith('Sync') && name !== 'readSync' && typeof fs[name] === 'function'),
);
watch(childProcess, ['spawn', 'spawnSync', 'exec', 'execSync', 'execFile', 'execFileSync', 'fork']);
syncBuiltinESMExports();

const server = new McpServer({ name: 'collection', version: '1.0.0' });
for (let tool = 0; tool < TOOLS; tool += 1) {
  server.registerTool(`tool_${tool}`, {}, () => ({ content: [{ type: 'text', text: 'done' }] }));
}
const [near, far] = InMemoryTransport.createLinkedPair();
const client = new Client({ name: 'collection', version: '1.0.0' });
await Promise.all([server.connect(near), client.connect(far)]);
for (let tool = 0; tool < TOOLS; tool += 1) await client.callTool({ name: `tool_${tool}`, arguments: {} });

// Started once the first operation is there.
await new Promise((resolve) => setTimeout(resolve, 1000));
const counter = metrics.getMeter('application').createCounter('application.things');
for (let index = 0; index < OWN_SERIES; index += 1) counter.add(1, { thing: `thing_${index}` });

const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** Most CPU time of one turn of the event loop in every second, threads that collect garbage included. */
const longestTurns = [];
let isLapping = false;
const lap = (since, before, longest) => {
  if (!isLapping) return;
  const now = cpuMs();
  const reached = Math.max(longest, now - before);
  const isOver = performance.now() - since >= 1000;
  if (isOver) longestTurns.push(reached);
  setImmediate(lap, isOver ? performance.now() : since, cpuMs(), isOver ? 0 : reached);
};

const delay = monitorEventLoopDelay({ resolution: 1 });
let [cpuBefore, beganAt] = [0, 0];
process.on('message', (message) => {
  if (message === 'begin delay') {
    forbidden.clear();
    delay.reset();
    delay.enable();
    [cpuBefore, beganAt] = [cpuMs(), performance.now()];
    process.send({ begun: true });
  } else if (message === 'begin turns') {
    longestTurns.length = 0;
    isLapping = true;
    lap(performance.now(), cpuMs(), 0);
    process.send({ begun: true });
  } else if (message === 'end turns') {
    isLapping = false;
    process.send({ longestTurnsMs: longestTurns });
  } else {
    delay.disable();
    // What exceeds the millisecond between two firings.
    const late = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - 1);
    process.send({
      p99Ms: late(delay.percentile(99)),
      maxMs: late(delay.max),
      cpuMsPerSecond: ((cpuMs() - cpuBefore) / (performance.now() - beganAt)) * 1000,
      forbidden: [...forbidden],
    });
  }
});
process.send({ ready: true });
