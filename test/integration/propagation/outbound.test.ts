import { afterEach, describe, expect, it } from 'vitest';
import type { DecodedPoint } from '../../support/otlp-receiver.ts';
import { verifies } from '../../support/verifies.ts';
import { Conversation, type ConversationOptions, KIND } from './conversation.ts';

let conversation: Conversation | undefined;
async function start(options: Partial<ConversationOptions>): Promise<Conversation> {
  conversation = await Conversation.start({ client: '2', server: '1', transport: 'stdio', ...options });
  return conversation;
}
afterEach(async () => {
  await conversation?.stop();
  conversation = undefined;
});

describe('what leaves with the messages of a client', () => {
  it('is trace context without baggage', async () => {
    const running = await start({});
    expect(await running.call('work')).toContain('"[]"');
  });

  it('is baggage as well where both sides have switched it on', async () => {
    const running = await start({ env: { MCP_VITALS_PROPAGATION_BAGGAGE: 'true' } });
    expect(JSON.parse(await running.call('work'))).toMatchObject([{ text: '[["tenant","blue"]]' }]);
  });

  it('is nothing where propagation is off: both sides have traces of their own', async () => {
    const running = await start({ env: { MCP_VITALS_PROPAGATION: 'off' } });
    await running.call('work');
    const [agent] = await running.spans('agent work', KIND.internal);
    const sent = (await running.spans('tools/call work', KIND.client, 2)).map(({ traceId }) => traceId);
    const served = (await running.spans('tools/call work', KIND.server, 2)).map(({ traceId }) => traceId);
    expect(sent).toContain(agent?.traceId);
    expect(served.filter((traceId) => sent.includes(traceId))).toEqual([]);
  });
});

describe('the figures of a client', () => {
  it.each(['stdio', 'http'] as const)('go out as metrics of its own, by tool, over %s', async (transport) => {
    verifies('LAT-01');
    verifies('REG-04');
    const running = await start({ transport });
    await running.call('work');
    const points = (name: string): DecodedPoint[] => running.receiver.points(name);
    const calls = (name: string): DecodedPoint | undefined =>
      points(name).find(({ attributes }) => attributes['gen_ai.tool.name'] === 'work');
    const sides = ['mcp.client.operation.duration', 'mcp.server.operation.duration'];
    await running.receiver.until(() => sides.every((name) => calls(name)?.count === 2));
    const [sent, served] = sides.map(calls);
    expect(sent?.unit).toBe('s');
    expect(sent?.bounds).toEqual(served?.bounds);
    expect(sent?.attributes).toEqual({
      'mcp.method.name': 'tools/call',
      'gen_ai.tool.name': 'work',
      'gen_ai.operation.name': 'execute_tool',
      'network.transport': transport === 'stdio' ? 'pipe' : 'tcp',
      'mcp.protocol.version': expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/),
    });
    expect(sent?.sum ?? 0).toBeGreaterThanOrEqual(served?.sum ?? Number.POSITIVE_INFINITY);

    const { client, operations } = await running.agent.snapshot();
    expect(operations).toEqual([]);
    expect(client?.operations.find(({ name }) => name === 'tools/call work')).toMatchObject({ count: 2, errors: 0 });
    expect(client?.sessions).toEqual({ active: 1, started: 1 });
    await running.agent.stop();
    const [session] = points('mcp.client.session.duration');
    expect(session).toMatchObject({ count: 1, unit: 's' });
  });
});
