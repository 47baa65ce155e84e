import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { propagation, trace } from '@opentelemetry/api';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import { afterEach, expect, it } from 'vitest';
import { Instrumentation } from '../../src/mcp/instrumentation.ts';
import { VitalsContextManager } from '../../src/sdk/context-manager.ts';
import { createGuestBridge } from '../../src/sdk/guest-bridge.ts';
import { GuestSpans } from '../../src/sdk/guest-spans.ts';
import { createOtelBridge } from '../../src/sdk/otel-bridge.ts';

// One for the file: it patches prototypes, which all servers here share.
const instrumentation = new Instrumentation();
const contexts = new VitalsContextManager();
const provider = new TracerProvider();
let client: Client;
afterEach(() => client.close());

/** The active baggage in the handler of an application that has a tracer of its own, as its client sends some. */
async function baggageInHandler(baggage: boolean): Promise<unknown> {
  const spans = new GuestSpans(() => provider, performance.timeOrigin);
  const own = createOtelBridge(contexts, contexts, trace, { baggage });
  instrumentation.bridge = createGuestBridge(own, { globals: { ownsTraces: false }, spans, contexts, baggage });
  const server = new McpServer({ name: 'asked', version: '1.0.0' });
  let seen: unknown;
  server.registerTool('see', {}, () => {
    const active = contexts.active();
    const entries = propagation.getBaggage(active)?.getAllEntries() ?? [];
    seen = [trace.getSpan(active)?.isRecording(), entries.map(([name, { value }]) => `${name}=${value}`)];
    return { content: [] };
  });
  instrumentation.adopt(server);
  const [near, far] = InMemoryTransport.createLinkedPair();
  client = new Client({ name: 'asking', version: '1.0.0' });
  await Promise.all([server.connect(far), client.connect(near)]);
  await client.callTool({ name: 'see', _meta: { baggage: 'tenant=blue,region=north' } });
  return seen;
}

it('a handler in an application with a tracer of its own has the baggage of the message, below its span', async () => {
  expect(await baggageInHandler(true)).toEqual([true, ['tenant=blue', 'region=north']]);
});

it('and has none where baggage is not taken over', async () => {
  expect(await baggageInHandler(false)).toEqual([true, []]);
});
