import { describe, expect, it } from 'vitest';
import { verifies } from '../../support/verifies.ts';
import { load } from './load.ts';

describe('the sampler', () => {
  it.each([
    ['nothing', {}, 'traceidratio', 0.1, true, 'default'],
    ['a ratio', { env: { MCP_VITALS_SAMPLE_RATIO: '0.3' } }, 'traceidratio', 0.3, true, 'env'],
    ['always_on', { env: { OTEL_TRACES_SAMPLER: 'always_on' } }, 'always_on', 1, false, 'env'],
    ['always_off', { env: { OTEL_TRACES_SAMPLER: 'always_off' } }, 'always_off', 0, false, 'env'],
    [
      'traceidratio with its argument',
      { env: { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.25' } },
      'traceidratio',
      0.25,
      false,
      'env',
    ],
    [
      'traceidratio without argument',
      { env: { OTEL_TRACES_SAMPLER: 'traceidratio' } },
      'traceidratio',
      1,
      false,
      'env',
    ],
    [
      'traceidratio without argument and a ratio',
      { env: { OTEL_TRACES_SAMPLER: 'traceidratio', MCP_VITALS_SAMPLE_RATIO: '0.3' } },
      'traceidratio',
      0.3,
      false,
      'env',
    ],
    [
      'a parent-based one',
      { env: { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.25' } },
      'traceidratio',
      0.25,
      true,
      'env',
    ],
    ['parentbased_always_on', { env: { OTEL_TRACES_SAMPLER: 'parentbased_always_on' } }, 'always_on', 1, true, 'env'],
    [
      'sampler and ratio of one origin',
      { env: { OTEL_TRACES_SAMPLER: 'always_on', MCP_VITALS_SAMPLE_RATIO: '0.3' } },
      'always_on',
      1,
      false,
      'env',
    ],
    [
      'a ratio in code over a sampler outside',
      { code: { traces: { sampleRatio: 0.5 } }, env: { OTEL_TRACES_SAMPLER: 'always_on' } },
      'traceidratio',
      0.5,
      true,
      'code',
    ],
    [
      'a sampler outside over a profile',
      { env: { OTEL_TRACES_SAMPLER: 'always_off', MCP_VITALS_PROFILE: 'development' } },
      'always_off',
      0,
      false,
      'env',
    ],
    ['an argument without sampler', { env: { OTEL_TRACES_SAMPLER_ARG: '0.7' } }, 'traceidratio', 0.1, true, 'default'],
  ])('from %s', async (_, input, kind, ratio, parentBased, origin) => {
    verifies('REG-05');
    const { values, config, lines } = await load(input);
    expect(values.traces.sampler).toEqual({ kind, ratio, parentBased });
    expect([values.traces.sampleRatio, config.origins['traces.sampleRatio']]).toEqual([ratio, origin]);
    expect(lines).toEqual([]);
  });
});

describe('OTLP', () => {
  const common = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://host:4318' };
  const own = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://traces:1' };
  it.each([
    ['is off until an endpoint is configured', {}, undefined, undefined],
    [
      'gets the path of each signal appended',
      { env: common },
      'http://host:4318/v1/traces',
      'http://host:4318/v1/metrics',
    ],
    [
      'keeps the path of the endpoint',
      { env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://host/otlp/?k=1' } },
      'https://host/otlp/v1/traces?k=1',
      'https://host/otlp/v1/metrics?k=1',
    ],
    ['takes the endpoint of a signal as it stands', { env: own }, 'http://traces:1/', undefined],
    [
      'prefers the endpoint of a signal',
      { env: { ...common, ...own } },
      'http://traces:1/',
      'http://host:4318/v1/metrics',
    ],
    [
      'prefers a common endpoint of a stronger origin',
      { env: own, code: { otlp: { endpoint: 'http://code' } } },
      'http://code/v1/traces',
      'http://code/v1/metrics',
    ],
    [
      'is off for a signal without exporter',
      { env: { ...common, OTEL_TRACES_EXPORTER: 'none' } },
      undefined,
      'http://host:4318/v1/metrics',
    ],
    [
      'is off for the other signal too',
      { env: { ...common, OTEL_METRICS_EXPORTER: 'None' } },
      'http://host:4318/v1/traces',
      undefined,
    ],
  ])('%s', async (_, input, tracesUrl, metricsUrl) => {
    verifies('REG-05');
    const { values } = await load(input);
    expect([values.otlp.tracesUrl, values.otlp.metricsUrl]).toEqual([tracesUrl, metricsUrl]);
  });
});

describe('the name of the service', () => {
  it.each([
    ['is unset by default', {}, undefined],
    ['is OTEL_SERVICE_NAME', { env: { OTEL_SERVICE_NAME: 'a', OTEL_RESOURCE_ATTRIBUTES: 'service.name=b' } }, 'a'],
    ['is otherwise the resource attribute', { env: { OTEL_RESOURCE_ATTRIBUTES: 'service.name=b' } }, 'b'],
    [
      'is the attribute of a stronger origin',
      { env: { OTEL_RESOURCE_ATTRIBUTES: 'service.name=b' }, file: { service: { name: 'c' } } },
      'b',
    ],
    ['is the one of code over all', { code: { service: { name: 'd' } }, env: { OTEL_SERVICE_NAME: 'a' } }, 'd'],
  ])('%s', async (_, input, name) => {
    const { values } = await load(input);
    expect(values.service.name).toBe(name);
    const attribute = values.resource.attributes['service.name'];
    expect([undefined, name]).toContain(attribute);
  });
});

describe('the status endpoint', () => {
  it.each([
    ['is on at 9464', {}, true, 9464],
    ['is off by its switch', { file: { status: { enabled: false } } }, false, 9464],
    [
      'is switched on by a port of a stronger origin',
      { env: { MCP_VITALS_PORT: '9000' }, file: { status: { enabled: false } } },
      true,
      9000,
    ],
    ['stays off when one origin says both', { code: { status: { enabled: false, port: 9000 } } }, false, 9000],
    [
      'is switched on by code over port off',
      { code: { status: { enabled: true } }, env: { MCP_VITALS_PORT: 'off' } },
      true,
      9464,
    ],
    [
      'is switched off by code',
      { code: { status: { port: 'off' } } as const, env: { MCP_VITALS_PORT: '9000' } },
      false,
      9464,
    ],
  ])('%s', async (_, input, enabled, port) => {
    const { values } = await load(input);
    expect(values.status).toMatchObject({ enabled, port });
  });

  it('opens with the token of code although the one of the environment is unacceptable', async () => {
    const { values } = await load({ code: { status: { token: 'good' } }, env: { MCP_VITALS_TOKEN: 'not good' } });
    expect(values.status).toMatchObject({ enabled: true, token: 'good' });
  });
});

describe('batch and queue', () => {
  it('lets a default batch give way to a small queue, at info', async () => {
    const { values, config, lines } = await load({ env: { OTEL_BSP_MAX_QUEUE_SIZE: '100' } });
    expect(values.batch).toMatchObject({ maxQueueSize: 100, maxExportBatchSize: 100 });
    expect(config.problems).toMatchObject([{ severity: 'info', name: 'batch.maxExportBatchSize', used: 'using 100' }]);
    expect(lines.join()).toContain('mcp-vitals info: ');
  });

  it('lets a default queue grow to a large batch', async () => {
    const { values } = await load({ env: { OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '5000' } });
    expect(values.batch).toMatchObject({ maxQueueSize: 5000, maxExportBatchSize: 5000 });
  });

  it('warns when both were written and contradict each other', async () => {
    const { values, lines } = await load({
      env: { OTEL_BSP_MAX_QUEUE_SIZE: '10', OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '20' },
    });
    expect(values.batch).toMatchObject({ maxQueueSize: 10, maxExportBatchSize: 10 });
    expect(lines.join()).toContain(
      'warn: configuration: batch.maxExportBatchSize: received 20, expected at most the queue size, 10',
    );
  });
});
