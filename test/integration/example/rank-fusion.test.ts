import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fuseRankings } from '../../../examples/knowledge-base/store/rank-fusion.js';

test('an item that both rankings place well comes before one that a single ranking places first', () => {
  const fused = fuseRankings([
    ['only-words', 'both'],
    ['only-vectors', 'both'],
  ]);

  expect(fused.map(({ item }) => item)).toEqual(['both', 'only-words', 'only-vectors']);
  expect(fused[0]).toMatchObject({ score: 2 / 62, ranks: [2, 2] });
  expect(fused[1]).toMatchObject({ score: 1 / 61, ranks: [1, undefined] });
});

test('rankings that found nothing add nothing', () => {
  expect(fuseRankings([[], []])).toEqual([]);
  expect(fuseRankings([['a', 'b'], []]).map(({ item }) => item)).toEqual(['a', 'b']);
});

test('the fusion holds every item once, best score first, with the score its ranks imply', () => {
  const ranking = fc.uniqueArray(fc.integer({ min: 0, max: 30 }), { maxLength: 20 });
  fc.assert(
    fc.property(fc.array(ranking, { maxLength: 4 }), fc.integer({ min: 1, max: 100 }), (rankings, k) => {
      const fused = fuseRankings(rankings, k);

      expect(new Set(fused.map(({ item }) => item))).toEqual(new Set(rankings.flat()));
      expect(fused).toHaveLength(new Set(rankings.flat()).size);
      for (const [index, { item, score, ranks }] of fused.entries()) {
        const places = rankings.map((list) => list.indexOf(item) + 1).map((place) => (place === 0 ? undefined : place));
        expect(ranks).toEqual(places);
        expect(score).toBeCloseTo(places.reduce<number>((sum, place) => sum + (place ? 1 / (k + place) : 0), 0));
        if (index > 0) expect(score).toBeLessThanOrEqual(fused[index - 1]!.score);
      }
    }),
  );
});
