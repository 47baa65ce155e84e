import { describe, expect, it } from 'vitest';
import { namePattern } from '../../../src/core/name-pattern.ts';

describe('a name pattern', () => {
  it.each([
    ['tools/call a', 'tools/call a', true],
    ['tools/call a', 'tools/call ab', false],
    ['tools/call *', 'tools/call ab', true],
    ['tools/call *', 'tools/list', false],
    ['*', '', true],
    ['*a*a', 'a', false],
    ['a*a', 'aa', true],
    ['a*a', 'a', false],
    ['*b*', 'abc', true],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'a-c', false],
    ['a.c', 'abc', false],
    [`${'*a'.repeat(40)}b`, 'a'.repeat(5000), false],
  ])('%s on %s: %s', (pattern, name, matches) => {
    expect(namePattern(pattern).matches(name)).toBe(matches);
  });

  it('is more specific the more of the name it says, most of all without a wildcard', () => {
    const order = ['*', 'tools/call *', 'tools/call kb.*', 'ping', 'tools/call kb.a'];
    const found = order.map((text) => namePattern(text).specificity);
    expect(found).toEqual(found.toSorted((a, b) => a - b));
  });
});
