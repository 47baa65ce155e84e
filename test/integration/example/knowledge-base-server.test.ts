import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { McpError } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectOverHttp, connectOverStdio, type RunningServer } from './running-server.ts';

interface SearchAnswer {
  readonly results: readonly { documentId: string; passage: string; score: number; ranks: Record<string, number> }[];
}

describe.each([
  ['stdio', connectOverStdio],
  ['Streamable HTTP', connectOverHttp],
])('the knowledge base over %s', (_, connect) => {
  let running: RunningServer;
  let client: Client;
  beforeAll(async () => {
    running = await connect();
    client = running.client;
  });
  afterAll(async () => {
    await running.stop();
  });

  async function search(query: string, limit = 5): Promise<SearchAnswer> {
    const { structuredContent } = await client.callTool({ name: 'kb.hybrid_search', arguments: { query, limit } });
    return structuredContent as unknown as SearchAnswer;
  }

  test('indexes more than a thousand passages before it answers', async () => {
    const { contents } = await client.readResource({ uri: 'kb://statistics' });
    const statistics = JSON.parse((contents[0] as { text: string }).text);

    expect(statistics.documents).toBeGreaterThan(200);
    expect(statistics.chunks).toBeGreaterThan(1_000);
  });

  test.each([
    ['parse yaml documents', 'yaml'],
    ['least recently used cache', 'lru-cache'],
    ['spawn a child process on windows cross platform', 'cross-spawn'],
    ['property based testing', 'fast-check'],
  ])('finds the README for "%s"', async (query, expected) => {
    const { results } = await search(query);

    expect(results).toHaveLength(5);
    expect(results.slice(0, 3).map(({ documentId }) => documentId)).toContain(expected);
    expect(results.map(({ score }) => score)).toEqual(results.map(({ score }) => score).sort((a, b) => b - a));
  });

  test('a misspelt word that no document contains is still found by similarity', async () => {
    const { results } = await search('lrucache', 10);

    expect(results.some(({ documentId, ranks }) => documentId === 'lru-cache' && ranks['vector'] !== undefined)).toBe(
      true,
    );
  });

  test('characters of the full-text query language are words like any others', async () => {
    for (const query of ['"', 'NEAR(a b', "x' OR 1=1 --", 'title:*', '***']) {
      const { results } = await search(query);
      expect(Array.isArray(results)).toBe(true);
    }
  });

  test('an added document is found at once, and replaced by the next one with its id', async () => {
    const add = (text: string) =>
      client.callTool({ name: 'kb.add_document', arguments: { id: 'test.quokka', title: 'Quokka', text } });

    await add('The quokkafish lives on Rottnest Island.');
    expect((await search('quokkafish')).results[0]).toMatchObject({ documentId: 'test.quokka' });

    await add('The replacement knows nothing of it.');
    const document = await client.callTool({ name: 'kb.get_document', arguments: { id: 'test.quokka' } });
    expect(document.content).toEqual([{ type: 'text', text: 'The replacement knows nothing of it.' }]);
    const passages = (await search('quokkafish')).results.map(({ passage }) => passage);
    expect(passages.some((passage) => passage.includes('quokkafish'))).toBe(false);
  });

  test('resources list documents, read them and refuse one that is missing', async () => {
    const { resources } = await client.listResources();
    const document = resources.find(({ uri }) => uri.startsWith('kb://documents/'));
    const { contents } = await client.readResource({ uri: document!.uri });

    expect((contents[0] as { text: string }).text.length).toBeGreaterThan(200);
    await expect(client.readResource({ uri: 'kb://documents/missing' })).rejects.toThrow(McpError);
  });

  test('the prompt carries the question and numbered passages', async () => {
    const { messages } = await client.getPrompt({
      name: 'answer-with-sources',
      arguments: { question: 'How do I parse yaml?' },
    });
    const { text } = messages[0]!.content as { text: string };

    expect(text).toContain('Question: How do I parse yaml?');
    expect(text).toContain('[5] ');
  });

  test.each([
    ['an unknown tool', { name: 'kb.nothing', arguments: {} }],
    ['a missing argument', { name: 'kb.hybrid_search', arguments: {} }],
    ['an argument of the wrong type', { name: 'kb.hybrid_search', arguments: { query: 'x', limit: 'many' } }],
    ['a limit out of range', { name: 'kb.hybrid_search', arguments: { query: 'x', limit: 1_000 } }],
    ['a document that does not exist', { name: 'kb.get_document', arguments: { id: 'missing' } }],
    ['an id that is not one', { name: 'kb.add_document', arguments: { id: '../x', title: 'x', text: 'x' } }],
  ])('%s is answered as an error', async (_case, call) => {
    expect(await client.callTool(call)).toMatchObject({ isError: true });
  });
});

test('the server ends with code 0 when stdin ends, and on SIGTERM, and takes the embedding service with it', async () => {
  const byStdin = await connectOverStdio();
  const byStdinExit = await byStdin.stop();
  const bySignal = await connectOverHttp();
  const bySignalExit = await bySignal.stop();

  expect([byStdinExit, bySignalExit]).toEqual([
    { code: 0, signal: null },
    { code: 0, signal: null },
  ]);
});

test('two HTTP sessions see the same documents', async () => {
  const running = await connectOverHttp();
  const second = await running.connectAnother();

  await second.callTool({
    name: 'kb.add_document',
    arguments: { id: 'test.shared', title: 'Shared', text: 'Seen by everybody who asks for the zebrafinch.' },
  });
  const { content } = await running.client.callTool({ name: 'kb.get_document', arguments: { id: 'test.shared' } });

  expect(content).toEqual([{ type: 'text', text: 'Seen by everybody who asks for the zebrafinch.' }]);
  await second.close();
  await running.stop();
});
