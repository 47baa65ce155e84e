import { describe, expect, it } from 'vitest';
import { compileFilter, compilePattern } from '../../../src/alerts/attribute-filter.ts';

describe('a pattern', () => {
  it.each([
    ['a', 'a', true],
    ['a', 'ab', false],
    ['a*', 'a', true],
    ['a*', 'ab', true],
    ['*b', 'ab', true],
    ['a*c*e', 'abcde', true],
    ['a*c*e', 'abde', false],
    ['ab*ba', 'aba', false],
    ['a*b*b', 'ab', false],
    ['*', 'x', true],
    ['*', '', false],
    ['**', '', false],
    ['.*', 'x', false],
  ])('%s on %s: %s', (pattern, text, matches) => {
    expect(compilePattern(pattern)(text)).toBe(matches);
  });

  it('with many wildcards stays cheap on a long text that does not match', () => {
    expect(compilePattern(`${'a*'.repeat(100)}b`)('a'.repeat(100_000))).toBe(false);
  });
});

describe('a filter', () => {
  it.each([
    [{}, { a: '1' }, true],
    [{ a: '1' }, { a: 1 }, true],
    [{ a: '1' }, {}, false],
    [{ a: '!1' }, {}, true],
    [{ a: '!1' }, { a: '1' }, false],
    [{ a: '*' }, {}, false],
    [{ a: '*' }, { a: 'x' }, true],
    [{ a: '!*' }, {}, true],
    [{ a: '!*' }, { a: 'x' }, false],
    [{ a: ['x', 'y*'] }, { a: 'yes' }, true],
    [{ a: ['x*', '!xy'] }, { a: 'xy' }, false],
    [{ a: ['x*', '!xy'] }, { a: 'xz' }, true],
    [{ a: 'x', b: '!*' }, { a: 'x', b: true }, false],
  ])('%j on %j: %s', (patterns, attributes, matches) => {
    expect(compileFilter(patterns)(attributes)).toBe(matches);
  });
});
