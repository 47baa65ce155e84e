import { afterEach, describe, expect, it } from 'vitest';
import { verifies } from '../../support/verifies.ts';
import { ExportingServer } from '../semantics/exporting-server.ts';

const OBJECTIVES = JSON.stringify([
  { tool: 'slow', p95: 20 },
  { tool: 'nested', p95: 1 },
  { tool: 'echo', p95: 5000 },
]);

let server: ExportingServer | undefined;
afterEach(() => server?.stop());

async function start(env: Record<string, string> = {}): Promise<ExportingServer> {
  server = await ExportingServer.start('server-v1.mjs', {
    env: {
      MCP_VITALS_SAMPLE_RATIO: '0',
      MCP_VITALS_OBJECTIVES: OBJECTIVES,
      MCP_VITALS_LOG: 'info',
      ...env,
    },
  });
  await server.process.url();
  return server;
}

describe('a server whose head sampler drops everything', () => {
  it('exports failing operations and those that miss an objective, says which, and measures all', async () => {
    verifies('LAT-05', 'LAT-07', 'LAT-08');
    const { receiver, process } = await start();
    for (let call = 0; call < 30; call += 1) await server?.call('echo', { text: 'x' }, `echo ${call}`);
    await server?.call('fail', {}, 'failing');
    for (let call = 0; call < 5; call += 1) await server?.call('slow', { ms: 40 }, `slow ${call}`);

    const slow = await server?.span('slow 0');
    expect(slow?.attributes['mcp_vitals.objective.breached']).toEqual(['tools/call slow p95']);
    expect(slow?.events.map(({ name }) => name)).toEqual(['mcp_vitals.objective.breach']);
    const failing = await server?.span('failing');
    expect(failing?.attributes['error.type']).toBe('tool_error');
    expect(failing?.attributes['mcp_vitals.objective.breached']).toEqual(['tools/call fail success']);
    expect(server?.spansOf('echo 0')).toEqual([]);

    const snapshot = await process.snapshotWhen(({ operations }) =>
      operations.some(({ name, count }) => name === 'tools/call slow' && count === 5),
    );
    const windows = snapshot.windows?.find(({ operation }) => operation === 'tools/call echo')?.windows;
    expect(windows?.map(({ windowSeconds, latency }) => [windowSeconds, latency.count])).toEqual([
      [60, 30],
      [300, 30],
      [3600, 30],
    ]);
    const objective = (id: string) => snapshot.objectives?.find((candidate) => candidate.id === id);
    expect(objective('tools/call echo p95')).toMatchObject({ target: 5, samples: 30, state: 'met', breaches: 0 });
    // Five samples are too few for a P95.
    expect(objective('tools/call slow p95')).toMatchObject({ target: 0.02, state: 'unknown', breaches: 5 });
    expect(objective('tools/call slow p95')?.budget?.remaining).toBeCloseTo(1 - 1 / 0.05, 6);

    for (let call = 5; call < 25; call += 1) await server?.call('slow', { ms: 21 }, `slow ${call}`);
    const point = () =>
      receiver
        .points('mcp_vitals.objective.target_ratio')
        .find(({ attributes }) => attributes['mcp_vitals.objective'] === 'tools/call slow p95');
    await receiver.until(() => (point()?.value ?? 0) > 1);
    expect(point()?.attributes).toEqual({
      'mcp_vitals.objective': 'tools/call slow p95',
      'mcp.method.name': 'tools/call',
      'gen_ai.tool.name': 'slow',
    });
    await expect.poll(() => process.stderr, { timeout: 5000 }).toContain('objective tools/call slow p95 missed: ');
  });

  it('has the thresholds in the buckets of every series, also of what was recorded before they were known', async () => {
    const { receiver } = await start({ MCP_VITALS_OBJECTIVES: JSON.stringify([{ tool: 'slow', p95: 37, p99: 333 }]) });
    await server?.call('slow', { ms: 1 });
    const points = () => receiver.points('mcp.server.operation.duration');
    await receiver.until(() => points().some(({ attributes }) => attributes['gen_ai.tool.name'] === 'slow'));
    expect(points().length).toBeGreaterThanOrEqual(2);
    for (const { bounds } of points()) expect(bounds).toEqual(expect.arrayContaining([0.037, 0.05, 0.333]));
    expect(new Set(points().map(({ bounds }) => JSON.stringify(bounds))).size).toBe(1);
  });

  it('keeps no more a second than allowed and counts the others', async () => {
    verifies('LAT-08');
    const { receiver } = await start({ MCP_VITALS_KEPT_PER_SECOND: '2' });
    await Promise.all(Array.from({ length: 20 }, (_, call) => server?.call('fail', {}, `fail ${call}`)));
    const total = (name: string): number => receiver.points(name)[0]?.value ?? 0;
    await receiver.until(
      () => total('mcp_vitals.self.traces.kept') + total('mcp_vitals.self.traces.kept_limited') >= 20,
    );
    expect(total('mcp_vitals.self.traces.kept_limited')).toBeGreaterThanOrEqual(10);
    await receiver.until(() => receiver.spans.length >= total('mcp_vitals.self.traces.kept'));
    expect(receiver.spans).toHaveLength(total('mcp_vitals.self.traces.kept'));
  });

  it('exports the whole trace where children of operations that are not sampled are held', async () => {
    verifies('LAT-08');
    const { receiver } = await start({ MCP_VITALS_KEPT_CHILDREN: '100' });
    await server?.call('nested', { text: 'x' }, 'whole');
    const operation = await server?.span('whole');
    const children = () => receiver.spans.filter(({ traceId }) => traceId === operation?.traceId);
    await receiver.until(() => children().length === 3);
    expect(
      children()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['parse', 'query', 'tools/call nested']);
  });
});
