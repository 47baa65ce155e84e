import { afterEach, describe, expect, it } from 'vitest';
import { Conversation, type ConversationOptions, KIND } from './conversation.ts';

let conversation: Conversation;
const start = async (options: ConversationOptions): Promise<void> => {
  conversation = await Conversation.start(options);
};
afterEach(() => conversation.stop());

describe('a call that the server answers with a question', () => {
  it.each(['modern-stdio', 'modern-http'] as const)(
    'is two requests below the same span, the second linked to the first, over %s',
    async (transport) => {
      await start({ client: '2', server: '2', transport });
      expect(await conversation.call('confirm')).toContain('confirmed');
      const [agent] = await conversation.spans('agent confirm', KIND.internal);
      const legs = (await conversation.spans('tools/call confirm', KIND.client, 2)).sort((a, b) =>
        Number(a.startNs - b.startNs),
      );
      expect(legs).toHaveLength(2);
      const [first, second] = legs;
      expect(first?.parentSpanId).toBe(agent?.spanId);
      expect(first?.statusCode).toBe(0);
      expect(second?.parentSpanId).toBe(agent?.spanId);
      expect(second?.traceId).toBe(agent?.traceId);
      expect(first?.links).toEqual([]);
      expect(second?.links).toMatchObject([{ traceId: first?.traceId, spanId: first?.spanId }]);
      const served = await conversation.spans('tools/call confirm', KIND.server, 2);
      expect(served.map(({ parentSpanId }) => parentSpanId).sort()).toEqual(legs.map(({ spanId }) => spanId).sort());
    },
  );

  it.each(['stdio', 'http', 'in-memory'] as const)(
    'in the older way is a request of the server, told apart on both sides, over %s',
    async (transport) => {
      await start({ client: '1', server: '1', transport, env: { MCP_VITALS_PROPAGATION: 'all' } });
      await conversation.call('ask');
      const [call] = await conversation.spans('tools/call ask', KIND.server);
      const [asked] = await conversation.spans('sampling/createMessage', KIND.client);
      const [answered] = await conversation.spans('sampling/createMessage', KIND.server);
      expect(asked?.parentSpanId).toBe(call?.spanId);
      expect(answered?.parentSpanId).toBe(asked?.spanId);
      expect(answered?.traceId).toBe(call?.traceId);
      if (transport !== 'in-memory') {
        expect(asked?.resource['process.pid']).toBe(call?.resource['process.pid']);
        expect(answered?.resource['process.pid']).not.toBe(call?.resource['process.pid']);
      }
    },
  );

  it('is not sent the trace context of a server unless that is asked for', async () => {
    await start({ client: '2', server: '2', transport: 'stdio' });
    await conversation.call('ask');
    const [asked] = await conversation.spans('sampling/createMessage', KIND.client);
    const [answered] = await conversation.spans('sampling/createMessage', KIND.server);
    expect(answered?.parentSpanId).not.toBe(asked?.spanId);
    expect(answered?.traceId).not.toBe(asked?.traceId);
  });
});

describe('a connect that begins with a question about revisions', () => {
  it.each(['modern-stdio', 'modern-http'] as const)('shows the question as a request, over %s', async (transport) => {
    await start({ client: '2', server: '2', transport });
    const [probe] = await conversation.spans('server/discover', KIND.client);
    expect(probe?.statusCode).toBe(0);
    expect(probe?.attributes['jsonrpc.request.id']).toMatch(/^server-discover-probe-/);
    expect(conversation.receiver.spans.filter(({ name }) => name === 'initialize')).toEqual([]);
  });

  it.each(['negotiated-stdio', 'negotiated-http'] as const)(
    'links the handshake to a question that was not understood, over %s',
    async (transport) => {
      await start({ client: '2', server: '1', transport });
      const [probe] = await conversation.spans('server/discover', KIND.client);
      const [initialize] = await conversation.spans('initialize', KIND.client);
      expect(probe?.attributes['error.type']).toBeDefined();
      expect(initialize?.links).toMatchObject([{ traceId: probe?.traceId, spanId: probe?.spanId }]);
    },
  );
});
