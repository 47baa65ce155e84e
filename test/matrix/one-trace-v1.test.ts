import { cp, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { Conversation, FIXTURES, KIND } from '../integration/propagation/conversation.ts';
import { sdkFolder, V1_VERSIONS } from '../support/sdk-versions.ts';

let conversation: Conversation | undefined;
let folder: string | undefined;
afterEach(async () => {
  await conversation?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

it.each(V1_VERSIONS)(
  'a call is one trace where both sides have SDK %s',
  async (version) => {
    folder = await mkdtemp(join(await sdkFolder(version), 'agent-'));
    await cp(FIXTURES, folder, { recursive: true });
    conversation = await Conversation.start({ client: '1', server: '1', transport: 'stdio', folder });
    await conversation.call('work');
    const chain = await conversation.chain();
    expect(new Set(chain.map(({ traceId }) => traceId)).size).toBe(1);
    const [initialize] = await conversation.spans('initialize', KIND.client);
    const [initialized] = await conversation.spans('initialize', KIND.server);
    expect(initialized?.parentSpanId).toBe(initialize?.spanId);
  },
  300_000,
);
