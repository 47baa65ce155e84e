import { afterEach, describe, expect, it } from 'vitest';
import { verifies } from '../../support/verifies.ts';
import { ExportingServer } from '../semantics/exporting-server.ts';

const CALLS = 120;

let server: ExportingServer | undefined;
afterEach(() => server?.stop());

describe('percentiles', () => {
  it.each([
    ['1', 'all are sampled'],
    ['0', 'none is sampled, and each arrives only because it missed its objective'],
  ])('are those of the operations themselves at a head sampling of %s, where %s', async (ratio) => {
    verifies('LAT-05', 'LAT-07', 'LAT-08');
    server = await ExportingServer.start('server-v1.mjs', {
      env: {
        MCP_VITALS_SAMPLE_RATIO: ratio,
        MCP_VITALS_KEPT_PER_SECOND: '1000',
        MCP_VITALS_OBJECTIVES: JSON.stringify([{ tool: 'slow', p95: 1 }]),
      },
    });
    await server.process.url();
    const calls = Array.from({ length: CALLS }, (_, call) => server?.call('slow', { ms: 5 + call }, `slow ${call}`));
    await Promise.all([...calls, server.call('echo', { text: 'x' }, 'quick')]);

    const { receiver } = server;
    const slow = () => receiver.spans.filter(({ name }) => name === 'tools/call slow');
    await receiver.until(() => slow().length === CALLS);
    const seconds = slow()
      .map(({ startNs, endNs }) => Number(endNs - startNs) / 1e9)
      .sort((a, b) => a - b);
    const snapshot = await server.process.snapshotWhen(({ requests }) => requests.active === 0);
    const latency = snapshot.operations.find(({ name }) => name === 'tools/call slow')?.latency;
    expect(latency?.count).toBe(CALLS);
    for (const quantile of [0.5, 0.9, 0.95, 0.99]) {
      const exact = seconds[Math.ceil(quantile * CALLS) - 1] ?? Number.NaN;
      const seen = latency?.quantiles.find((candidate) => candidate.quantile === quantile)?.seconds ?? Number.NaN;
      expect(Math.abs(seen - exact) / exact, `P${quantile * 100}`).toBeLessThanOrEqual(0.0101);
    }
    expect(server.spansOf('quick')).toHaveLength(Number(ratio));
  });
});
