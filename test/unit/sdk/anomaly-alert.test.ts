import { describe, expect, it } from 'vitest';
import { newFolder, startLearning } from './learning-service.ts';

describe('a latency that is unusual', () => {
  it('raises an alert that says what was expected and what was seen, what to do, and ends with it', async () => {
    const service = await startLearning(await newFolder());
    const firing = () => service.firing('anomaly');
    await service.serve(40);
    expect(service.alerts()).toMatchObject({ active: [], history: [] });
    await service.serve(5, 2, () => firing() !== undefined);
    expect(firing()).toMatchObject({
      state: 'firing',
      attributes: { 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': 'search' },
      message: expect.stringMatching(
        /^tools\/call search: the latency is unusual: \S.* [\d.]+ ms over \d+ requests, normally [\d.]+ ms$/,
      ),
      advice: expect.stringContaining('See where its time goes'),
    });
    await service.serve(20, 1, () => firing() === undefined);
    expect(service.alerts().history[0]?.message).toContain('normally');
    await service.stop();
  });
});
