import { describe, expect, it } from 'vitest';
import { readEarlyTracing } from '../../../src/config/early-tracing.ts';
import { load } from './load.ts';

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' };

describe('what is known of tracing before the configuration is loaded', () => {
  it.each<Record<string, string>>([
    {},
    ENDPOINT,
    { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:4318/v1/traces' },
    { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://127.0.0.1:4318/v1/metrics' },
    { ...ENDPOINT, OTEL_TRACES_EXPORTER: 'none' },
    { ...ENDPOINT, MCP_VITALS_SPANS: 'false' },
    { ...ENDPOINT, MCP_VITALS_SAMPLE_RATIO: '0.25' },
    { ...ENDPOINT, MCP_VITALS_SAMPLE_RATIO: 'often' },
    { ...ENDPOINT, MCP_VITALS_PROFILE: 'development' },
    { ...ENDPOINT, MCP_VITALS_PROFILE: ' Low-Latency ' },
    { ...ENDPOINT, MCP_VITALS_PROFILE: 'testing', MCP_VITALS_SAMPLE_RATIO: '0' },
    { ...ENDPOINT, OTEL_TRACES_SAMPLER: 'always_on' },
    { ...ENDPOINT, OTEL_TRACES_SAMPLER: 'parentbased_always_off', MCP_VITALS_SAMPLE_RATIO: '1' },
    { ...ENDPOINT, OTEL_TRACES_SAMPLER: 'traceidratio' },
    { ...ENDPOINT, OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.5' },
    { ...ENDPOINT, OTEL_TRACES_SAMPLER: 'traceidratio', MCP_VITALS_SAMPLE_RATIO: '0.75' },
    { ...ENDPOINT, OTEL_TRACES_SAMPLER: 'nonsense' },
    { ...ENDPOINT, MCP_VITALS_PROPAGATION: 'all' },
    { ...ENDPOINT, MCP_VITALS_PROPAGATION: 'OFF' },
    { ...ENDPOINT, MCP_VITALS_PROPAGATION: 'somewhere' },
  ])('agrees with the configuration for %o', async (env) => {
    const { values } = await load({ env });
    const early = readEarlyTracing(env);
    expect(early.sampler).toEqual(values.traces.sampler);
    expect(early.propagation).toBe(values.propagation.outbound);
    expect(early.exported).toBe(values.spans.enabled && values.otlp.tracesUrl !== undefined);
  });
});
