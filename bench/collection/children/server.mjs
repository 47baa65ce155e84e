// A server with much to collect, which tells after every phase how late its event loop was and what it did synchronously.
import childProcess from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { metrics } from '@opentelemetry/api';

const TOOLS = 200;
const OWN_SERIES = 600;

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
  Object.keys(fs).filter((name) => name.endsWith('Sync') && typeof fs[name] === 'function'),
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

const delay = monitorEventLoopDelay({ resolution: 1 });
process.on('message', (message) => {
  if (message === 'begin') {
    forbidden.clear();
    delay.reset();
    delay.enable();
    process.send({ begun: true });
  } else {
    delay.disable();
    // What exceeds the millisecond between two firings.
    const late = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - 1);
    process.send({
      p99Ms: late(delay.percentile(99)),
      maxMs: late(delay.max),
      samples: delay.count,
      forbidden: [...forbidden],
    });
  }
});
process.send({ ready: true });
