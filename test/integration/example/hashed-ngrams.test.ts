import { expect, test } from 'vitest';
import { DIMENSIONS, fitHashedNgrams } from '../../../examples/knowledge-base/embedding/hashed-ngrams.js';

const TEXTS = [
  'the parser reads yaml documents',
  'the router matches paths of the request',
  'the cache evicts the least recently used entry',
];

function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((sum, value, index) => sum + value * b[index]!, 0);
}

test('the same texts give the same model and the same vector for the same text', () => {
  const first = fitHashedNgrams(TEXTS).embed('reading yaml');
  const second = fitHashedNgrams([...TEXTS]).embed('reading yaml');

  expect(first).toHaveLength(DIMENSIONS);
  expect([...second]).toEqual([...first]);
});

test('vectors have length one, and a text without words is the zero vector', () => {
  const model = fitHashedNgrams(TEXTS);

  expect(cosine(model.embed('cache'), model.embed('cache'))).toBeCloseTo(1);
  expect(model.embed(' -- !? ').every((value) => value === 0)).toBe(true);
});

test('a text is nearest to the one it shares rare words and spellings with', () => {
  const model = fitHashedNgrams(TEXTS);
  const distances = TEXTS.map((text) => cosine(model.embed('parsing the yaml document'), model.embed(text)));

  expect(distances.indexOf(Math.max(...distances))).toBe(0);
});

test('a word that every text has weighs less than one that few have', () => {
  const model = fitHashedNgrams([...TEXTS, ...Array.from({ length: 50 }, () => 'the')]);
  const query = model.embed('the yaml');

  expect(cosine(query, model.embed('yaml'))).toBeGreaterThan(cosine(query, model.embed('the')));
});
