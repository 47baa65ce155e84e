import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chunkText } from '../../../examples/knowledge-base/chunking.js';
import { nearestNodeModules, readCorpus } from '../../../examples/knowledge-base/corpus.js';

test('short paragraphs share a passage and no passage is more than one and a half times the target', () => {
  const paragraph = 'A paragraph of about sixty letters that says next to nothing.';
  const chunks = chunkText(Array.from({ length: 40 }, () => paragraph).join('\n\n'), 400);

  expect(chunks.length).toBeGreaterThan(4);
  expect(Math.max(...chunks.map((chunk) => chunk.length))).toBeLessThanOrEqual(600);
  expect(chunks.join('\n\n').split('\n\n')).toEqual(Array.from({ length: 40 }, () => paragraph));
});

test('no text of any shape makes a passage that is too long', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 500 })), fc.integer({ min: 50, max: 300 }), (parts, target) => {
      for (const chunk of chunkText(parts.join('\n\n'), target)) {
        expect(chunk.length).toBeLessThanOrEqual(target * 1.5);
      }
    }),
  );
});

test('badges and comments are left out, and a short document is kept', () => {
  expect(chunkText('<!-- hidden --> ![badge](https://example.org/badge.svg)\n\ntiny <b>text</b>')).toEqual([
    'tiny text',
  ]);
});

test('the installed packages give hundreds of documents with unique ids and more than a thousand passages', async () => {
  const documents = await readCorpus(nearestNodeModules());

  expect(documents.length).toBeGreaterThan(200);
  expect(new Set(documents.map(({ id }) => id)).size).toBe(documents.length);
  expect(documents.flatMap(({ text }) => chunkText(text)).length).toBeGreaterThan(1_000);
});
