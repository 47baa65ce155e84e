import { describe, expect, it } from 'vitest';
import { verifies } from '../../support/verifies.ts';
import { load } from './load.ts';

describe('profiles', () => {
  it.each([
    ['development', 1, true, 'exit'],
    ['testing', 1, false, 'off'],
    ['production', 0.1, false, 'off'],
    ['high-throughput', 0.01, false, 'off'],
    ['low-latency', 0.05, false, 'off'],
  ] as const)('%s exports a share of %d of the traces', async (profile, sampleRatio, stageSpans, summary) => {
    verifies('REG-06');
    const { values, config, lines } = await load({ env: { MCP_VITALS_PROFILE: profile } });
    expect(values.profile).toBe(profile);
    expect(values.traces).toMatchObject({
      sampleRatio,
      stageSpans,
      sampler: { kind: 'traceidratio', ratio: sampleRatio },
    });
    expect(values.summary).toBe(summary);
    expect(config.origins['traces.sampleRatio']).toBe(profile === 'production' ? 'default' : 'profile');
    expect(lines).toEqual([]);
  });

  it('an unknown one is reported, and production is used', async () => {
    const { values, lines } = await load({ env: { MCP_VITALS_PROFILE: 'prod' } });
    expect(values.profile).toBe('production');
    expect(lines.join()).toContain(
      'MCP_VITALS_PROFILE: received "prod", expected one of development, testing, production, high-throughput, low-latency; using production (default)',
    );
  });
});
