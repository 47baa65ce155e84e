// @ts-check
/**
 * The local embedding service: a process of its own behind HTTP, with the route of OpenAI's API (`POST /v1/embeddings`), so
 * that embedding costs the knowledge base what it costs in earnest: a request over a socket. Loopback only.
 *
 *     node embedding-server.js [--port N] [--corpus node_modules]
 *
 * The first line on stdout is its base URL. It ends when its stdin does, so it never outlives the server that started it.
 */
import { createServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { chunkText } from '../chunking.js';
import { nearestNodeModules, readCorpus } from '../corpus.js';
import { DIMENSIONS, fitHashedNgrams } from './hashed-ngrams.js';

const MODEL = `hashed-ngrams-${DIMENSIONS}`;
const MAX_BODY_BYTES = 4_000_000;
const MAX_INPUTS = 2_048;
const MAX_DELAY_MS = 5_000;

/**
 * @param {import('./hashed-ngrams.js').EmbeddingModel} model
 * @param {string[]} inputs
 */
function embeddingResponse(model, inputs) {
  const data = inputs.map((text, index) => ({
    object: 'embedding',
    index,
    // Six digits are what a 32-bit float holds, at half the bytes of the shortest exact form.
    embedding: Array.from(model.embed(text), (value) => Math.round(value * 1e6) / 1e6),
  }));
  const tokens = inputs.reduce((sum, text) => sum + Math.ceil(text.length / 4), 0);
  return { object: 'list', model: MODEL, data, usage: { prompt_tokens: tokens, total_tokens: tokens } };
}

/**
 * @param {import('node:http').IncomingMessage} request
 * @returns {Promise<string>}
 */
async function readBody(request) {
  /** @type {Buffer[]} */
  const parts = [];
  let bytes = 0;
  for await (const part of request) {
    bytes += part.length;
    if (bytes > MAX_BODY_BYTES) throw new RangeError(`body larger than ${MAX_BODY_BYTES} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

/**
 * @param {string} body
 * @returns {string[]}
 * @throws {RangeError} when the body is not a request for embeddings
 */
function parseInputs(body) {
  let input;
  try {
    ({ input } = JSON.parse(body));
  } catch {
    throw new RangeError('body is not a JSON object');
  }
  const inputs = typeof input === 'string' ? [input] : input;
  if (!Array.isArray(inputs) || inputs.length === 0 || !inputs.every((text) => typeof text === 'string')) {
    throw new RangeError('"input" must be a string or a non-empty array of strings');
  }
  if (inputs.length > MAX_INPUTS) throw new RangeError(`more than ${MAX_INPUTS} inputs`);
  return inputs;
}

/**
 * @param {import('node:http').ServerResponse} response
 * @param {number} status
 * @param {unknown} body
 */
function answer(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

async function main() {
  const { values } = parseArgs({
    options: { port: { type: 'string', default: '0' }, corpus: { type: 'string', default: nearestNodeModules() } },
  });
  const documents = await readCorpus(values.corpus);
  const model = fitHashedNgrams(documents.flatMap(({ text }) => chunkText(text)));

  const server = createServer(async (request, response) => {
    if (request.method !== 'POST' || request.url !== '/v1/embeddings') {
      answer(response, 404, { error: { message: 'only POST /v1/embeddings', type: 'invalid_request_error' } });
      return;
    }
    try {
      // The demo shows what a slow service does to a search.
      const delayMs = Math.min(MAX_DELAY_MS, Number(request.headers['x-demo-delay'] ?? 0));
      if (delayMs > 0) await delay(delayMs);
      answer(response, 200, embeddingResponse(model, parseInputs(await readBody(request))));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const status = error instanceof RangeError ? 400 : 500;
      answer(response, status, { error: { message, type: 'invalid_request_error' } });
    }
  });
  server.listen(Number(values.port), '127.0.0.1', () => {
    const address = server.address();
    if (address !== null && typeof address === 'object') console.log(`http://127.0.0.1:${address.port}/v1`);
  });

  const stop = () => {
    server.close();
    server.closeAllConnections();
    process.stdin.destroy();
  };
  process.stdin.resume().on('end', stop);
  process.on('SIGTERM', stop);
  // Ctrl-C reaches the whole process group; the server that started us decides when we are no longer needed.
  process.on('SIGINT', () => {});
}

await main();
