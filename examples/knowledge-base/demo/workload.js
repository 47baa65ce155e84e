// @ts-check
/**
 * What the demo asks the knowledge base: mostly searches, in the words of the corpus, two in five of them asked before; now
 * and then a mistake, as real clients make them.
 */
import { chunkText } from '../chunking.js';
import { pick } from './random.js';

/** @typedef {import('@modelcontextprotocol/sdk/client/index.js').Client} Client */

/**
 * @typedef {object} Call
 * @property {string} operation method and target
 * @property {boolean} mistake an error is the right answer
 * @property {(client: Client) => Promise<{ isError?: boolean | undefined }>} run
 */

const POPULAR_QUERIES = 40;
const REPEATED_RATIO = 0.4;
const MIN_QUERY_WORDS = 2;
const MAX_QUERY_WORDS = 6;
const MAX_ADDED_CHARS = 4_000;

/**
 * @param {readonly import('../corpus.js').Document[]} documents not empty
 * @param {number} count
 * @param {() => number} random
 * @returns {Call[]}
 */
export function createWorkload(documents, count, random) {
  const popular = Array.from({ length: POPULAR_QUERIES }, () => phrase(documents, random));
  const query = () => (random() < REPEATED_RATIO ? pick(popular, random) : phrase(documents, random));
  const id = () => pick(documents, random).id;
  let added = 0;

  /** @type {[weight: number, create: () => Call][]} */
  const kinds = [
    [62, () => tool('kb.hybrid_search', { query: query(), limit: 5 })],
    [14, () => tool('kb.get_document', { id: id() })],
    [3, () => tool('kb.add_document', noteFrom(pick(documents, random), ++added))],
    [7, () => call('resources/read', (client) => client.readResource({ uri: `kb://documents/${id()}` }))],
    [4, () => prompt(query())],
    [2, () => call('tools/list', (client) => client.listTools())],
    [2, () => call('resources/list', (client) => client.listResources())],
    [1, () => call('prompts/list', (client) => client.listPrompts())],
    [1, () => call('ping', (client) => client.ping())],
    [1, () => mistake(tool('kb.hybrid_search', { query: '', limit: -1 }))],
    [1, () => mistake(tool('kb.get_document', { id: `missing-${Math.floor(random() * 1_000)}` }))],
    [1, () => mistake(tool('kb.no_such_tool', {}))],
    [1, () => mistake(call('resources/read', (client) => client.readResource({ uri: 'kb://documents/missing' })))],
  ];
  const total = kinds.reduce((sum, [weight]) => sum + weight, 0);
  return Array.from({ length: count }, () => {
    let left = random() * total;
    for (const [weight, create] of kinds) {
      left -= weight;
      if (left < 0) return create();
    }
    throw new Error('unreachable: the weights add up to their total');
  });
}

/**
 * A few neighbouring words from somewhere in the corpus.
 * @param {readonly import('../corpus.js').Document[]} documents
 * @param {() => number} random
 * @returns {string}
 */
function phrase(documents, random) {
  for (;;) {
    const passage = pick(chunkText(pick(documents, random).text), random);
    const words = passage.match(/[\p{L}][\p{L}\p{N}-]+/gu) ?? [];
    const length = MIN_QUERY_WORDS + Math.floor(random() * (MAX_QUERY_WORDS - MIN_QUERY_WORDS + 1));
    if (words.length < length) continue;
    const start = Math.floor(random() * (words.length - length + 1));
    return words
      .slice(start, start + length)
      .join(' ')
      .slice(0, 200);
  }
}

/**
 * @param {import('../corpus.js').Document} document
 * @param {number} number
 */
function noteFrom(document, number) {
  return {
    id: `demo.note-${number}`,
    title: `Note ${number} on ${document.title}`,
    text: document.text.slice(0, MAX_ADDED_CHARS),
  };
}

/**
 * @param {string} operation
 * @param {(client: Client) => Promise<unknown>} send
 * @returns {Call}
 */
function call(operation, send) {
  return {
    operation,
    mistake: false,
    run: async (client) => {
      await send(client);
      return {};
    },
  };
}

/**
 * @param {string} name
 * @param {Record<string, unknown>} args
 * @returns {Call}
 */
function tool(name, args) {
  return {
    operation: `tools/call ${name}`,
    mistake: false,
    run: async (client) => {
      const { isError } = await client.callTool({ name, arguments: args });
      return { isError: isError === true };
    },
  };
}

/**
 * @param {string} question
 * @returns {Call}
 */
function prompt(question) {
  const name = 'answer-with-sources';
  return call(`prompts/get ${name}`, (client) => client.getPrompt({ name, arguments: { question } }));
}

/**
 * @param {Call} wrong
 * @returns {Call}
 */
function mistake(wrong) {
  return { ...wrong, mistake: true };
}
