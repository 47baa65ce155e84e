import { describe, expect, it } from 'vitest';
import { verifies } from '../../support/verifies.ts';
import { newFolder, startLearning } from './learning-service.ts';

/** Version 1.1.0 just started, with what 1.0.0 has learned. */
async function deployedAfterLearning(): ReturnType<typeof startLearning> {
  const folder = await newFolder();
  const before = await startLearning(folder, '1.0.0');
  await before.serve(40);
  await before.stop();
  return startLearning(folder, '1.1.0');
}

describe('a regression in production', () => {
  it('of more than twice the saved baseline is a critical alert after a minute, which ends with it', async () => {
    verifies('ALR-07');
    const folder = await newFolder();
    const learning = await startLearning(folder, '1.0.0');
    await learning.serve(20);
    await learning.stop();

    const later = await startLearning(folder, '1.0.0');
    await later.serve(3);
    expect(later.firing('latency-regression')).toBeUndefined();
    await later.serve(5, 3, () => later.firing('latency-regression') !== undefined);
    expect(later.firing('latency-regression')).toMatchObject({
      severity: 'critical',
      attributes: { 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': 'search' },
      message: expect.stringMatching(/^tools\/call search: P95 is (2\.\d|3(\.\d)?)\d* times its baseline/),
    });
    await later.serve(10, 1, () => later.firing('latency-regression') === undefined);
    expect(later.firing('latency-regression')).toBeUndefined();
    await later.stop();
  });

  it('of more than 10 % is warned of once, with the evidence, while the alert stays silent', async () => {
    verifies('ALR-07');
    const folder = await newFolder();
    const service = await startLearning(folder, '1.0.0');
    await service.serve(60);
    expect(service.findings('regression')).toEqual([]);

    await service.serve(24, 1.25);
    const [regression] = service.findings('regression');
    expect(regression).toMatchObject({
      subject: 'tools/call search',
      until: undefined,
      evidence: expect.stringMatching(
        /^P95 [12]\d % above the baseline over \d+ rounds \(\d+ rounds of baseline, p (<|0\.00)/,
      ),
    });
    expect((regression?.observed ?? 0) / (regression?.expected ?? 1)).toBeGreaterThan(1.1);
    expect(service.firing('latency-regression')).toBeUndefined();
    expect(service.warnings.filter((line) => line.includes('has become slower'))).toHaveLength(1);
    await service.stop();
  });

  it('of 5 % is none, however many rounds show it', async () => {
    const service = await startLearning(await newFolder(), '1.0.0');
    await service.serve(60);
    await service.serve(60, 1.05);
    expect(service.findings('regression')).toEqual([]);
    await service.stop();
  });

  it('that comes with a new version is found against the version before, with the deploy among the findings', async () => {
    verifies('ALR-07');
    const after = await deployedAfterLearning();
    expect(after.findings('deploy')).toMatchObject([{ evidence: 'version 1.1.0 after 1.0.0' }]);
    await after.serve(25, 1.25);
    expect(after.findings('regression')).toMatchObject([
      { evidence: expect.stringMatching(/^P95 [12]\d % above version 1\.0\.0 over \d+ rounds/) },
    ]);
    await after.stop();
  });

  it('is not claimed of a new version that is as fast as the one before', async () => {
    verifies('ALR-07');
    const after = await deployedAfterLearning();
    await after.serve(60);
    expect(after.findings('deploy')).toHaveLength(1);
    expect(after.findings('regression')).toEqual([]);
    await after.stop();
  });
});
