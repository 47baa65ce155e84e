import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { Conversation, type Generation, KIND, type TransportName } from '../integration/propagation/conversation.ts';
import { printTable } from '../integration/sdk/result-table.ts';

const GENERATIONS: readonly Generation[] = ['1', '2'];
const PAIRINGS = GENERATIONS.flatMap((client) =>
  GENERATIONS.flatMap((server) =>
    (['stdio', 'http', 'in-memory'] as const).map((transport) => ({ client, server, transport })),
  ),
);
const MODERN = (['modern-stdio', 'modern-http'] as const).map((transport) => ({
  client: '2' as const,
  server: '2' as const,
  transport,
}));

const rows: string[][] = [['client', 'server', 'transport', 'trace of a call']];

describe('a call of an agent', () => {
  let conversation: Conversation | undefined;
  afterEach(async () => {
    await conversation?.stop();
    conversation = undefined;
  });
  afterAll(() => printTable('One trace, from the agent to the database', rows));

  it.each<{ client: Generation; server: Generation; transport: TransportName }>([...PAIRINGS, ...MODERN])(
    'is one trace with a client of SDK $client and a server of SDK $server over $transport',
    async ({ client, server, transport }) => {
      conversation = await Conversation.start({ client, server, transport });
      await conversation.call('work');

      const chain = await conversation.chain();
      const [, sent, served] = chain;
      expect(new Set(chain.map((span) => span.traceId)).size).toBe(1);
      if (transport !== 'in-memory') expect(sent.resource['process.pid']).not.toBe(served.resource['process.pid']);

      // Before anything but the hook was loaded, a call was one trace already.
      const [first] = (await conversation.spans('tools/call work', KIND.client, 2)).filter((span) => span !== sent);
      const [firstServed] = (await conversation.spans('tools/call work', KIND.server, 2)).filter(
        (span) => span !== served,
      );
      expect(firstServed?.parentSpanId).toBe(first?.spanId);
      expect(firstServed?.traceId).toBe(first?.traceId);

      expect(sent.attributes).toMatchObject({
        'mcp.method.name': 'tools/call',
        'gen_ai.tool.name': 'work',
        'gen_ai.operation.name': 'execute_tool',
      });
      const hasAddress = transport.endsWith('http');
      expect(sent.attributes['server.address']).toBe(hasAddress ? '127.0.0.1' : undefined);
      expect(typeof sent.attributes['server.port']).toBe(hasAddress ? 'number' : 'undefined');
      rows.push([`SDK ${client}`, `SDK ${server}`, transport, chain.map((span) => span.name).join(' > ')]);
    },
  );
});
