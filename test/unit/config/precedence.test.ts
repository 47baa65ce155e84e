import { describe, expect, it } from 'vitest';
import { verifies } from '../../support/verifies.ts';
import { load } from './load.ts';

const code = { profile: 'development', traces: { sampleRatio: 0.5 } } as const;
const env = { MCP_VITALS_SAMPLE_RATIO: '0.4' };
const file = { traces: { sampleRatio: 0.3 } };

describe('precedence', () => {
  it.each([
    ['code over environment', { code, env }, 0.5, 'code'],
    ['code over file', { code, file }, 0.5, 'code'],
    ['code over profile', { code }, 0.5, 'code'],
    ['environment over file', { env, file }, 0.4, 'env'],
    ['environment over profile', { env, code: { profile: 'development' } as const }, 0.4, 'env'],
    ['environment over default', { env }, 0.4, 'env'],
    ['file over profile', { file, code: { profile: 'development' } as const }, 0.3, 'file'],
    ['file over default', { file }, 0.3, 'file'],
    ['profile over default', { code: { profile: 'development' } as const }, 1, 'profile'],
    ['default when nobody says anything', {}, 0.1, 'default'],
    ['code over all together', { code, env, file }, 0.5, 'code'],
  ])('puts %s', async (_, input, ratio, origin) => {
    verifies('REG-05');
    const { config, lines } = await load(input);
    expect([config.values.traces.sampleRatio, config.origins['traces.sampleRatio']]).toEqual([ratio, origin]);
    expect(lines).toEqual([]);
  });

  it.each([
    ['code', { code: { profile: 'testing' } as const, env: { MCP_VITALS_PROFILE: 'low-latency' } }, 'testing'],
    ['the environment', { env: { MCP_VITALS_PROFILE: 'Low-Latency' }, file: { profile: 'testing' } }, 'low-latency'],
    ['the file', { file: { profile: 'testing' } }, 'testing'],
    ['nobody', {}, 'production'],
  ])('takes the profile from %s like any other setting', async (_, input, profile) => {
    verifies('REG-05', 'REG-06');
    expect((await load(input)).values.profile).toBe(profile);
  });

  it('unites attributes of all origins, the stronger one winning for each name', async () => {
    const { values, config } = await load({
      code: { resource: { attributes: { team: 'code' } } },
      env: { OTEL_RESOURCE_ATTRIBUTES: 'team=env,region=env' },
      file: { resource: { attributes: { team: 'file', region: 'file', floor: 3 } } },
    });
    expect(values.resource.attributes).toEqual({ team: 'code', region: 'env', floor: '3' });
    expect(config.origins['resource.attributes']).toBe('code');
  });

  it('falls back to the next weaker origin when the environment cannot be read', async () => {
    const { values, lines } = await load({ env: { MCP_VITALS_PORT: 'abc' }, file: { status: { port: 9000 } } });
    expect(values.status.port).toBe(9000);
    expect(lines).toEqual([
      'mcp-vitals warn: configuration: MCP_VITALS_PORT: received "abc", expected an integer from 0 to 65535, or off; using 9000 (file)\n',
    ]);
  });

  it('lets OTEL_SDK_DISABLED=true win over code', async () => {
    verifies('REG-05');
    const { config } = await load({ code: { disabled: false }, env: { OTEL_SDK_DISABLED: ' TRUE ' } });
    expect([config.values.disabled, config.origins.disabled]).toEqual([true, 'env']);
  });

  it.each([
    ['code says so', { code: { disabled: true }, env: { OTEL_SDK_DISABLED: 'false' } }, true],
    ['only OpenTelemetry is off', { env: { MCP_VITALS_OTEL: 'OFF' } }, false],
    ['the environment contradicts the file', { env: { OTEL_SDK_DISABLED: 'false' }, file: { disabled: true } }, false],
  ])('decides on being disabled when %s', async (_, input, disabled) => {
    expect((await load(input)).values.disabled).toBe(disabled);
  });

  it('never changes the options of the user, and freezes everything it returns', async () => {
    const options = { resource: { attributes: { a: 'b' } }, status: { port: 1 } };
    const before = structuredClone(options);
    const { config } = await load({ code: options });
    expect(options).toEqual(before);
    expect(Object.isFrozen(options) || Object.isFrozen(options.resource.attributes)).toBe(false);
    const { values } = config;
    const parts = [
      config,
      values,
      values.status,
      values.resource.attributes,
      values.traces.sampler,
      config.origins,
      config.problems,
    ];
    expect(parts.map((part) => Object.isFrozen(part))).toEqual(parts.map(() => true));
  });
});
