import { afterEach, describe, expect, it } from 'vitest';
import { verifies } from '../../support/verifies.ts';
import { ExportingServer } from './exporting-server.ts';

const CALLS = 400;

describe('operations that are not sampled for export', () => {
  let server: ExportingServer | undefined;
  afterEach(() => server?.stop());

  // Between five standard deviations below and above the mean of a binomial distribution.
  it.each([
    ['0', 0, 0],
    ['0.1', 10, 70],
    ['1', CALLS, CALLS],
  ])('are measured all the same at a sample ratio of %s', async (ratio, fewest, most) => {
    verifies('LAT-07');
    server = await ExportingServer.start('server-v1.mjs', {
      env: { MCP_VITALS_SAMPLE_RATIO: ratio, MCP_VITALS_KEPT_PER_SECOND: '0' },
    });
    await server.process.url();
    const lines = Array.from({ length: CALLS }, (_, index) => {
      const params = { name: index % 4 === 0 ? 'fail' : 'echo', arguments: { text: 'x' } };
      return `${JSON.stringify({ jsonrpc: '2.0', id: `call ${index}`, method: 'tools/call', params })}\n`;
    });
    server.client.write(lines.join(''));
    await server.client.waitFor((message) => message.id === `call ${CALLS - 1}`);

    const snapshot = await server.process.snapshotWhen(({ requests }) => requests.active === 0);
    const figures = (name: string): unknown => {
      const operation = snapshot.operations.find((candidate) => candidate.name === `tools/call ${name}`);
      return { count: operation?.count, errors: operation?.errors, inWindow: operation?.latency.count };
    };
    expect(figures('echo')).toEqual({ count: 300, errors: 0, inWindow: 300 });
    expect(figures('fail')).toEqual({ count: 100, errors: 100, inWindow: 100 });
    const { receiver } = server;
    const points = (): number =>
      receiver
        .points('mcp.server.operation.duration')
        .filter((point) => point.attributes['mcp.method.name'] === 'tools/call')
        .reduce((sum, { count }) => sum + (count ?? 0), 0);
    await receiver.until(() => points() === CALLS);
    await server.process.stop();
    const spans = receiver.spans.filter((span) => span.attributes['mcp.method.name'] === 'tools/call').length;
    expect(spans).toBeGreaterThanOrEqual(fewest);
    expect(spans).toBeLessThanOrEqual(most);
  });
});
