// @ts-check
/**
 * An embedding without model weights, so that the example runs offline and at once: words and their letter trigrams are
 * hashed into a fixed number of dimensions, each weighted by how rare it is in the corpus. It finds the same words and
 * similar spellings; it knows nothing about meaning. A real provider is a URL away (see the README).
 *
 *     weight(f) = kind(f) · (1 + ln tf) · idf,  idf = ln((N + 1) / (df + 1)) + 1
 *     vector[hash(f) mod n] += sign(hash(f)) · weight(f),  then scaled to length 1
 *
 * The sign makes collisions cancel out instead of adding up. Source: Weinberger et al., "Feature Hashing for Large Scale
 * Multitask Learning" (ICML 2009). Cost: one pass over the letters of the text.
 */

/** Twice as many find little more, and an exact search reads every one of them. */
export const DIMENSIONS = 128;

/** Document frequencies are kept per hash, too: 2^16 counters however large the vocabulary. */
const FREQUENCY_SLOTS = 1 << 16;
const WORD_WEIGHT = 1;
/** A word of average length has about five trigrams; together they should not outweigh the word. */
const TRIGRAM_WEIGHT = 0.2;

/** @typedef {{ embed: (text: string) => Float64Array }} EmbeddingModel */

/**
 * Counts in how many texts each feature occurs and returns the model with those frequencies: the same texts always give
 * the same model, and the same model gives the same vector for the same text.
 * @param {Iterable<string>} texts
 * @returns {EmbeddingModel}
 */
export function fitHashedNgrams(texts) {
  const documentFrequency = new Uint32Array(FREQUENCY_SLOTS);
  let count = 0;
  for (const text of texts) {
    count += 1;
    const slots = new Set();
    for (const hash of features(text).keys()) slots.add(hash % FREQUENCY_SLOTS);
    for (const slot of slots) documentFrequency[slot] = (documentFrequency[slot] ?? 0) + 1;
  }
  return { embed: (text) => embed(text, documentFrequency, count) };
}

/**
 * @param {string} text
 * @param {Uint32Array} documentFrequency
 * @param {number} count texts the frequencies were counted in
 * @returns {Float64Array} of length 1, or all zero for a text without a single letter or digit
 */
function embed(text, documentFrequency, count) {
  const vector = new Float64Array(DIMENSIONS);
  for (const [hash, { times, kind }] of features(text)) {
    const inverseFrequency = Math.log((count + 1) / ((documentFrequency[hash % FREQUENCY_SLOTS] ?? 0) + 1)) + 1;
    const weight = kind * (1 + Math.log(times)) * inverseFrequency;
    // The lowest bits choose the frequency slot, so dimension and sign come from the highest.
    const dimension = (hash >>> 8) % DIMENSIONS;
    vector[dimension] = (vector[dimension] ?? 0) + (hash >>> 31 === 1 ? weight : -weight);
  }
  let squares = 0;
  for (const value of vector) squares += value * value;
  return squares === 0 ? vector : vector.map((value) => value / Math.sqrt(squares));
}

/**
 * @param {string} text
 * @returns {Map<number, { times: number, kind: number }>} by hash
 */
function features(text) {
  /** @type {Map<number, { times: number, kind: number }>} */
  const found = new Map();
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []) {
    count(found, hashOf(word), WORD_WEIGHT);
    const padded = `_${word}_`;
    for (let start = 0; start + 3 <= padded.length; start++) {
      // Prefixed, so that the word "the" and the trigram "the" are two features.
      count(found, hashOf(`#${padded.slice(start, start + 3)}`), TRIGRAM_WEIGHT);
    }
  }
  return found;
}

/**
 * @param {Map<number, { times: number, kind: number }>} found
 * @param {number} hash
 * @param {number} kind
 */
function count(found, hash, kind) {
  const entry = found.get(hash);
  if (entry === undefined) found.set(hash, { times: 1, kind });
  else entry.times += 1;
}

/**
 * FNV-1a over UTF-16 code units, with a final mix because its highest bits hardly differ for short words.
 * @param {string} text
 * @returns {number} 32 bits, unsigned
 */
function hashOf(text) {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
