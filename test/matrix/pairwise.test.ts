import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { everyCell, pairsOf, pairwise } from './pairwise.ts';

const AXES = { node: [20, 22, 24], line: ['2', '3'], sdk: ['a', 'b', 'c', 'd'], transport: ['pipe', 'tcp'] } as const;

describe('the pairwise part of a matrix', () => {
  const cells = everyCell(AXES, ({ node, line }) => !(node === 20 && line === '3'));

  it('starts from every combination that can exist, once', () => {
    expect(cells).toHaveLength((3 * 2 - 1) * 4 * 2);
    expect(new Set(cells.map((cell) => JSON.stringify(cell))).size).toBe(cells.length);
  });

  it('is a good deal smaller and the same every time', () => {
    const part = pairwise(cells);
    expect(part.length).toBeLessThan(cells.length / 2);
    expect(pairwise(cells)).toEqual(part);
  });

  it('holds every pair of values that meets anywhere, and no cell that cannot exist', () => {
    const matrix = fc
      .array(fc.uniqueArray(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 4 }), {
        minLength: 2,
        maxLength: 4,
      })
      .map((values) => Object.fromEntries(values.map((of, axis) => [`axis${axis}`, of])));
    fc.assert(
      fc.property(matrix, fc.integer({ min: 2, max: 5 }), (axes, modulus) => {
        const possible = (cell: Readonly<Record<string, string | number>>): boolean =>
          Object.values(cell).reduce<number>((sum, value) => sum + Number(value), 0) % modulus !== 1;
        const all = everyCell(axes, possible);
        const part = pairwise(all);
        expect(new Set(part.flatMap(pairsOf))).toEqual(new Set(all.flatMap(pairsOf)));
        for (const cell of part) expect(all).toContain(cell);
      }),
    );
  });
});
