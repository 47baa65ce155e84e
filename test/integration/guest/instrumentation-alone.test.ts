import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { call, programsOf } from '../../support/guest-apps.ts';
import { InstrumentedServer } from '../../support/instrumented-server.ts';
import { initialize, StdioRpcClient } from '../../support/json-rpc-client.ts';
import { verifies } from '../../support/verifies.ts';

const ENTRY = fileURLToPath(new URL('../../../dist/sdk/mcp-instrumentation.js', import.meta.url));

interface Report {
  readonly spans: readonly (readonly [name: string, kind: number, scope: string])[];
  /** Name of each stream, and the sum of its points. */
  readonly metrics: readonly (readonly [name: string, sum: number])[];
  readonly counts: Readonly<Record<string, number>>;
}

let server: InstrumentedServer | undefined;
let programs = '';
afterEach(async () => {
  await server?.stop();
  await rm(programs, { recursive: true, force: true });
});

describe('McpInstrumentation alone in a foreign OpenTelemetry set-up', () => {
  it.each([
    { application: 'API 1.10, sdk-node 3.x', format: 'mjs', way: 'NodeSDK' },
    { application: 'API 1.9, sdk-node 2.x', format: 'cjs', way: 'NodeSDK' },
    { application: 'API 1.10, sdk-node 3.x', format: 'cjs', way: 'registerInstrumentations' },
    { application: 'API 1.9, sdk-node 2.x', format: 'mjs', way: 'registerInstrumentations' },
  ] as const)(
    'records through its tracer and its meter: $application, $format, $way',
    { timeout: 120_000 },
    async ({ application, format, way }) => {
      verifies('REG-03');
      programs = await programsOf(application);
      server = await InstrumentedServer.start(join(programs, `alone-main.${format}`), {
        instrumented: false,
        arguments: [JSON.stringify({ way, path: ENTRY })],
      });
      const client = new StdioRpcClient(server.child);
      await initialize(client);
      await call(client, 'work');
      await call(client, 'work');
      await call(client, 'disable');
      await call(client, 'work');
      await call(client, 'enable');
      await call(client, 'work');
      const report = JSON.parse(await call(client, 'report')) as Report;
      const ofWork = report.spans.filter(([name]) => name === 'tools/call work');
      // The call in between was made while it was switched off.
      expect(ofWork).toEqual(Array(3).fill(['tools/call work', 1, 'mcp-vitals']));
      expect(report.counts).toMatchObject({ work: 3, initialize: 1 });
      // The call that asks is in flight itself.
      expect(Object.fromEntries(report.metrics)).toMatchObject({
        'mcp_vitals.active_requests': 1,
        'mcp_vitals.active_sessions': 1,
        'mcp_vitals.queue.depth': 0,
        'mcp_vitals.stage.duration': expect.any(Number),
        'mcp_vitals.message.size': expect.any(Number),
      });
      expect(server.stderr).not.toContain('mcp-vitals');
    },
  );
});
