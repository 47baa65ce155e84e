import fc from 'fast-check';
import { expect, test } from 'vitest';
import { namePattern } from '../../../src/core/name-pattern.ts';
import { residues } from '../../../src/rules/name-residue.ts';

test.each([
  ['tools/call *', 'tools/call ', ['*']],
  ['tools/call kb.search', 'tools/call ', ['kb.search']],
  ['*search', 'tools/call ', ['*search']],
  ['tools/*', 'tools/call ', ['*']],
  ['*', 'tools/call ', ['*']],
  ['tools/list', 'tools/call ', []],
])('of %s is left behind "%s": %j', (pattern, prefix, left) => {
  expect(residues(pattern, prefix)).toEqual(left);
});

test('whatever the wildcards, a name matches a pattern exactly when its rest matches one of the residues', () => {
  const text = (alphabet: string) => fc.string({ unit: fc.constantFrom(...alphabet), maxLength: 6 });
  fc.assert(
    fc.property(text('ab *'), text('ab '), text('ab '), (pattern, prefix, rest) => {
      const left = residues(pattern, prefix).some((residue) => namePattern(residue).matches(rest));
      expect(left).toBe(namePattern(pattern).matches(prefix + rest));
    }),
    { numRuns: 2000 },
  );
});
