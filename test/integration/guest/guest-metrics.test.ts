import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { call } from '../../support/guest-apps.ts';
import { InstrumentedServer } from '../../support/instrumented-server.ts';
import { initialize, StdioRpcClient } from '../../support/json-rpc-client.ts';

const SERVER = fileURLToPath(new URL('fixtures/prometheus.mjs', import.meta.url));
const ROOT_ENTRY = new URL('../../../dist/index.js', import.meta.url).href;

let server: InstrumentedServer | undefined;
afterEach(() => server?.stop());

/** What Prometheus reads from the application after three calls, and what it reads from us. */
async function metricsAfterCalls(
  order: 'before' | 'after',
  options: { readonly views: boolean; readonly env: Readonly<Record<string, string>> },
): Promise<{ theirs: string; ours: string }> {
  server = await InstrumentedServer.start(SERVER, {
    arguments: options.views ? [order, ROOT_ENTRY] : [order],
    env: options.env,
  });
  const client = new StdioRpcClient(server.child);
  await initialize(client);
  await server.url();
  if (order === 'after') expect(await call(client, 'register')).toBe('true');
  for (let calls = 0; calls < 3; calls += 1) await call(client, 'work');
  const theirs = await (await fetch(await call(client, 'where'))).text();
  return { theirs, ours: await server.metricsText() };
}

const lines = (text: string, name: string, label = ''): string[] =>
  text.split('\n').filter((line) => line.startsWith(`${name}{`) && line.includes(label));
const value = (text: string, name: string, label = ''): number =>
  Number(lines(text, name, label)[0]?.split(' ').at(-1));
const boundaries = (text: string): (string | undefined)[] =>
  lines(text, 'mcp_server_operation_duration_bucket', 'gen_ai_tool_name="work"').map(
    (line) => /le="(.*?)"/.exec(line)?.[1],
  );

describe('the meter provider of an application', () => {
  it.each([
    { order: 'before', views: true },
    { order: 'after', views: false },
  ] as const)(
    'has our streams where that is switched on: registered $order us, with our views: $views',
    async ({ order, views }) => {
      const { theirs, ours } = await metricsAfterCalls(order, { views, env: { MCP_VITALS_GUEST_METRICS: 'true' } });
      // What is the application's stays as it is.
      expect(value(theirs, 'user_calls_total')).toBe(3);
      // Histograms, with the buckets of the objectives whether or not there are views.
      expect(value(theirs, 'mcp_server_operation_duration_count', 'gen_ai_tool_name="work"')).toBe(3);
      expect(value(theirs, 'mcp_vitals_stage_duration_count', 'gen_ai_tool_name="work"')).toBe(3);
      const standard = [
        '0.01',
        '0.02',
        '0.05',
        '0.1',
        '0.2',
        '0.5',
        '1',
        '2',
        '5',
        '10',
        '30',
        '60',
        '120',
        '300',
        '+Inf',
      ];
      expect(boundaries(theirs)).toEqual(views ? standard.toSpliced(3, 0, '0.075') : standard);
      // Gauges: the call that asks is in flight no more when Prometheus reads.
      expect(value(theirs, 'mcp_vitals_active_sessions', 'network_transport="pipe"')).toBe(1);
      expect(value(theirs, 'mcp_vitals_active_requests', 'mcp_method_name="tools/call"')).toBe(0);
      expect(lines(theirs, 'mcp_vitals_queue_depth')).toHaveLength(1);
      expect(lines(theirs, 'mcp_vitals_objective_budget_remaining').length).toBeGreaterThan(0);
      // Nothing that an instrumentation of the application may record itself.
      expect(theirs).not.toMatch(/^(db|nodejs|v8js|process|system)_/m);
      // Our own endpoint has all of it as well.
      expect(value(ours, 'mcp_server_operation_duration_seconds_count', 'gen_ai_tool_name="work"')).toBe(3);
      expect(server?.stderr).toBe('');
    },
  );

  it('has none of them unless that is switched on', async () => {
    const { theirs, ours } = await metricsAfterCalls('before', { views: false, env: {} });
    expect(value(theirs, 'user_calls_total')).toBe(3);
    expect(theirs).not.toMatch(/^mcp_/m);
    expect(value(ours, 'mcp_server_operation_duration_seconds_count', 'gen_ai_tool_name="work"')).toBe(3);
  });
});
