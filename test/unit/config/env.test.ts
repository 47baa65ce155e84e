import { describe, expect, it } from 'vitest';
import { isDisabled } from '../../../src/config/disabled.ts';
import { readLogLevel } from '../../../src/config/early.ts';
import { load } from './load.ts';

describe('the environment', () => {
  it.each([
    ['MCP_VITALS_PORT', '0', { status: { port: 0, enabled: true } }],
    ['MCP_VITALS_PORT', 'Off', { status: { enabled: false } }],
    ['MCP_VITALS_LOG', 'DEBUG', { log: { level: 'debug' } }],
    ['MCP_VITALS_OTEL', 'guest', { otel: { mode: 'guest' }, disabled: false }],
    ['MCP_VITALS_WINDOW', '5m', { windowMs: 300_000 }],
    ['MCP_VITALS_SUMMARY', 'exit', { summary: 'exit' }],
    ['MCP_VITALS_SUMMARY', '60s', { summary: 60_000 }],
    ['MCP_VITALS_SPANS', 'false', { spans: { enabled: false } }],
    ['MCP_VITALS_CAPTURE_CONTENT', 'true', { capture: { content: true, maxBytes: 4096 } }],
    ['MCP_VITALS_SHUTDOWN_TIMEOUT', '2s', { shutdown: { timeoutMs: 2000 } }],
    ['MCP_VITALS_SPOOL_MAX_BYTES', '1MiB', { spool: { maxBytes: 1_048_576 } }],
    ['OTEL_BSP_SCHEDULE_DELAY', '250', { batch: { scheduleDelayMs: 250 } }],
    ['OTEL_METRIC_EXPORT_INTERVAL', '1000', { metrics: { exportIntervalMs: 1000 } }],
    ['OTEL_EXPORTER_OTLP_TIMEOUT', '3000', { otlp: { timeoutMs: 3000 } }],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'authorization=Bearer%20x', { otlp: { headers: { authorization: 'Bearer x' } } }],
  ])('%s=%s is obeyed without a word', async (name, text, expected) => {
    const { values, config, lines } = await load({ env: { [name]: text } });
    expect(values).toMatchObject(expected);
    expect([lines, config.problems]).toEqual([[], []]);
  });

  it.each([
    ['MCP_VITALS_PORT', '65536', 'using 9464 (default)'],
    ['MCP_VITALS_PORT', '-1', 'using 9464 (default)'],
    ['MCP_VITALS_PORT', '94.64', 'using 9464 (default)'],
    ['MCP_VITALS_LOG', 'verbose', 'using warn (default)'],
    ['MCP_VITALS_SAMPLE_RATIO', '10%', 'using 0.1 (default)'],
    ['MCP_VITALS_STAGE_SPANS', 'yes', 'using false (default)'],
    ['MCP_VITALS_SHUTDOWN_TIMEOUT', '3s', 'using 1500 ms (default)'],
    ['MCP_VITALS_HOST', 'a b', 'using "127.0.0.1" (default)'],
    ['MCP_VITALS_MAX_TOOLS', '0', 'using 200 (default)'],
    ['OTEL_SDK_DISABLED', '1', 'using false (default)'],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc', 'using http/protobuf (default)'],
    ['OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE', 'delta', 'using cumulative (default)'],
    ['OTEL_TRACES_SAMPLER', 'jaeger_remote', 'using parentbased_traceidratio (default)'],
    ['OTEL_TRACES_EXPORTER', 'zipkin', 'using otlp (default)'],
    ['OTEL_RESOURCE_ATTRIBUTES', 'a=1,broken', 'using none (default)'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'localhost:4318', 'using unset (default)'],
  ])('%s=%s is reported in one line that says what is used', async (name, text, used) => {
    const { config, lines } = await load({ env: { [name]: text } });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`${name}: received "${text}", expected `);
    expect(lines[0]).toContain(`; ${used}\n`);
    expect(config.problems).toMatchObject([{ origin: 'env', severity: 'warn', name, received: `"${text}"`, used }]);
  });

  it('counts an empty variable as unset', async () => {
    const { config } = await load({ env: { MCP_VITALS_PORT: '', OTEL_SDK_DISABLED: ' ', MCP_VITALS_LOG: undefined } });
    expect(config.problems).toEqual([]);
  });

  it('reports an unknown variable with the nearest known one, and never its value', async () => {
    const { lines } = await load({ env: { MCP_VITALS_TOKN: 'pa55word', MCP_VITALS_ZZZZZZZZZZ: '1', OTEL_OTHER: '1' } });
    expect(lines).toEqual([
      'mcp-vitals warn: configuration: MCP_VITALS_TOKN: received an unknown variable, expected MCP_VITALS_TOKEN, the nearest known one; ignored\n',
      'mcp-vitals warn: configuration: MCP_VITALS_ZZZZZZZZZZ: received an unknown variable, expected a variable of the options table; ignored\n',
    ]);
  });

  it('shuts the status endpoint when a token was meant and cannot be used, and does not show it', async () => {
    const { values, lines } = await load({ env: { MCP_VITALS_TOKEN: 'pa55 word', MCP_VITALS_PORT: '9464' } });
    expect(values.status).toMatchObject({ enabled: false, token: undefined });
    expect(lines.join()).toContain('MCP_VITALS_TOKEN: received ***,');
    expect(lines.join()).toContain('the status endpoint is off');
    expect(lines.join()).not.toContain('pa55');
  });

  it('never shows headers, credentials in URLs or query values', async () => {
    const env = {
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=pa55,broken',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'htp://user:pa55@host?key=pa55',
    };
    const { lines } = await load({ env });
    expect(lines).toHaveLength(2);
    expect(lines.join()).not.toContain('pa55');
  });
});

describe('what is known before the configuration is loaded', () => {
  it.each([
    [{}, false],
    [{ OTEL_SDK_DISABLED: 'true' }, true],
    [{ OTEL_SDK_DISABLED: ' True ' }, true],
    [{ OTEL_SDK_DISABLED: '1' }, false],
    [{ MCP_VITALS_OTEL: 'OFF' }, false],
  ])('reads from %j that disabled is %j', (env, disabled) => {
    expect(isDisabled(env)).toBe(disabled);
  });

  it.each([
    [{}, 'warn'],
    [{ MCP_VITALS_LOG: ' Debug ' }, 'debug'],
    [{ MCP_VITALS_LOG: 'off' }, 'off'],
    [{ MCP_VITALS_LOG: 'loud' }, 'warn'],
  ])('reads from %j the log level %j', (env, level) => {
    expect(readLogLevel(env)).toBe(level);
  });
});
