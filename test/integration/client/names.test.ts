import { describe, expect, it } from 'vitest';
import { verifies } from '../../support/verifies.ts';
import { connectPair, Recording } from './pairs.ts';

describe('names that a client sends', () => {
  it('become label values only when the server has listed them or answered them without an error', async () => {
    verifies('NFR-05');
    const recording = new Recording();
    const { client } = await connectPair(recording, { client: 1, server: 1 });
    recording.clear();
    const { clients } = recording.instrumentation;
    const overflowed = clients.names.overflowed;
    await client.callTool({ name: 'invented' });
    await client.callTool({ name: 'refuses' });
    await client.callTool({ name: 'echo', arguments: { said: 'x' } });
    expect(recording.sent.map(({ entry }) => entry.name)).toEqual([
      'tools/call _OTHER',
      'tools/call _OTHER',
      'tools/call echo',
    ]);
    expect(clients.names.overflowed - overflowed).toBe(2);
    await client.listTools();
    await client.callTool({ name: 'refuses' });
    expect(recording.sent.at(-1)?.entry.name).toBe('tools/call refuses');
    for (let index = 0; index < 300; index += 1) {
      await client.notification({ method: `notifications/invented_${index}` }).catch(() => undefined);
    }
    const names = [...clients.entries()].map(({ name }) => name);
    expect(names.filter((name) => name.includes('invented'))).toEqual([]);
    expect(names).toContain('_OTHER');
    await client.close();
  });
});
