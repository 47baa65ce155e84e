import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call } from '../../support/guest-apps.ts';
import { InstrumentedServer, stopServers } from '../../support/instrumented-server.ts';
import { initialize, StdioRpcClient } from '../../support/json-rpc-client.ts';
import { type OtlpReceiver, startOtlpReceiver } from '../../support/otlp-receiver.ts';
import { verifies } from '../../support/verifies.ts';
import { type JsonReceiver, startJsonReceiver } from './json-receiver.ts';

const SCRIPT = fileURLToPath(new URL('fixtures/outbound.mjs', import.meta.url));

interface LogRecord {
  readonly eventName: string;
  readonly body: string;
  readonly severityText: string;
  readonly severityNumber: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly seconds: number;
  readonly scope: string;
}

let service: JsonReceiver;
let webhook: JsonReceiver;
let otlp: OtlpReceiver;
let server: InstrumentedServer;
let client: StdioRpcClient;

beforeAll(async () => {
  [service, webhook, otlp] = await Promise.all([startJsonReceiver(), startJsonReceiver(), startOtlpReceiver()]);
  service.behave(404);
  webhook.behave('hang');
  const rules = [
    {
      name: 'calls-fail',
      metric: 'http.client.request.duration',
      where: { 'http.response.status_code': '404' },
      by: ['server.address'],
      aggregate: 'increase',
      operator: '>',
      threshold: 1,
      severity: 'critical',
      message: '{value} calls of {server.address} found nothing',
    },
    { name: 'orders-high', metric: 'shop_orders_total', aggregate: 'increase', operator: '>', threshold: 2 },
  ];
  server = await InstrumentedServer.start(SCRIPT, {
    instrumented: false,
    arguments: [service.url],
    env: {
      MCP_VITALS_OTEL: 'own',
      MCP_VITALS_RULES: JSON.stringify(rules),
      MCP_VITALS_CHANNELS: JSON.stringify([{ type: 'otel' }, { type: 'webhook', url: webhook.url }]),
      OTEL_EXPORTER_OTLP_ENDPOINT: otlp.url,
      OTEL_METRIC_EXPORT_INTERVAL: '300',
    },
  });
  client = new StdioRpcClient(server.child);
  await initialize(client);
  await server.url();
  // The first evaluation says where growth starts from.
  await server.snapshotWhen(({ alerts }) => alerts !== undefined);
  await new Promise((resolve) => setTimeout(resolve, 1500));
});

afterAll(async () => {
  await stopServers();
  await Promise.all([service[Symbol.asyncDispose](), webhook[Symbol.asyncDispose](), otlp.close()]);
});

const logRecords = async (): Promise<LogRecord[]> => JSON.parse(await call(client, 'logs')) as LogRecord[];

describe('metrics that are not ours', () => {
  it('of another instrumentation raise an alert by a rule, and are scraped and exported', async () => {
    verifies('ALR-01');
    for (let n = 0; n < 3; n += 1) expect(await call(client, 'fetch')).toBe('404');
    const { alerts } = await server.snapshotWhen(
      ({ alerts: now }) => now?.active.some(({ rule }) => rule === 'calls-fail') ?? false,
    );
    expect(alerts?.active.find(({ rule }) => rule === 'calls-fail')).toMatchObject({
      state: 'firing',
      severity: 'critical',
      attributes: { 'server.address': '127.0.0.1' },
      message: expect.stringMatching(/^[23] calls of 127\.0\.0\.1 found nothing$/),
    });
    expect(await server.metricsText()).toMatch(/^http_client_request_duration_seconds_count\{[^}]*"404"[^}]*\} 3$/m);
    await otlp.until(() => otlp.points('http.client.request.duration').length > 0);
  });

  it('of the application itself do, by their name in Prometheus too', async () => {
    await call(client, 'order');
    await server.snapshotWhen(({ alerts }) => alerts?.active.some(({ rule }) => rule === 'orders-high') ?? false);
    expect(await server.metricsText()).toMatch(/^shop_orders_total\{[^}]*kind="book"[^}]*\} 3$/m);
    await otlp.until(() => otlp.points('shop.orders').length > 0);
  });

  it('have their alerts as log records in the logs SDK of the application', async () => {
    verifies('ALR-05');
    const records = await logRecords();
    const record = records.find(({ attributes }) => attributes['mcp_vitals.rule'] === 'calls-fail');
    expect(record).toMatchObject({
      eventName: 'mcp_vitals.alert',
      severityText: 'critical',
      severityNumber: 17,
      scope: 'mcp-vitals',
      attributes: {
        'mcp_vitals.alert.state': 'firing',
        'mcp_vitals.alert.threshold': 1,
        'mcp_vitals.alert.attributes.server.address': '127.0.0.1',
      },
    });
    expect(Math.abs(record!.seconds - Date.now() / 1000)).toBeLessThan(120);
  });

  it('leave a count on stderr when the process exits before a channel has delivered', async () => {
    verifies('ALR-05');
    await webhook.received(1);
    client.request('tools/call', { name: 'exit', arguments: {} }).catch(() => {});
    expect(await server.exited).toMatchObject({ code: 3 });
    expect(server.stderr.match(/.*notices of alerts.*/g)).toEqual([
      expect.stringMatching(/[1-9]\d* notices of alerts were not delivered before the end and are lost$/),
    ]);
  });
});
