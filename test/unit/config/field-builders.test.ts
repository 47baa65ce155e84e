import { describe, expect, it } from 'vitest';
import { list, map } from '../../../src/config/collection-fields.ts';
import { bytes, duration, int, number, oneOf, orWord, ratio, string, url } from '../../../src/config/field-builders.ts';

const description = 'A setting';

describe('fields', () => {
  const port = orWord(['off'], int({ description, fallback: 1, min: 0, max: 10 }), 5);
  const pairs = map({ description, fallback: {} });
  const names = list({ description, fallback: [] });

  it.each([
    ['an integer at its lower bound', port, 0, 0],
    ['an integer below its range', port, -1, undefined],
    ['an integer above its range', port, 11, undefined],
    ['an integer that is a fraction', port, 1.5, undefined],
    ['an integer that is NaN', port, Number.NaN, undefined],
    ['an integer given as text', port, '3', undefined],
    ['a word allowed besides', port, 'off', 'off'],
    ['a word in another case', port, 'OFF', 'off'],
    ['a boolean where a word is allowed', port, false, undefined],
    ['a ratio of 1', ratio({ description, fallback: 0 }), 1, 1],
    ['a ratio given as percent', ratio({ description, fallback: 0 }), 50, undefined],
    ['a ratio that is NaN', ratio({ description, fallback: 0 }), Number.NaN, undefined],
    ['a ratio that is infinite', ratio({ description, fallback: 0 }), Number.POSITIVE_INFINITY, undefined],
    ['a number with a fraction', number({ description, fallback: 0, min: -1, max: 3 }), 2.5, 2.5],
    ['a duration with a unit', duration({ description, fallback: 1, min: 1, max: 90_000 }), '1m', 60_000],
    ['a duration as a number', duration({ description, fallback: 1, min: 1, max: 90_000 }), 20, 20],
    ['a duration that is infinite', duration({ description, fallback: 1, min: 1, max: 9 }), 1 / 0, undefined],
    ['a size with a unit', bytes({ description, fallback: 1, min: 1, max: 4096 }), '4KiB', 4096],
    ['a size that is a fraction', bytes({ description, fallback: 1, min: 1, max: 4096 }), 1.5, undefined],
    ['a known word', oneOf(['a', 'b'], { description, fallback: 'a' }), ' B ', 'b'],
    ['an unknown word', oneOf(['a', 'b'], { description, fallback: 'a' }), 'c', undefined],
    ['text with space around', string({ description, fallback: '' }), '  x ', 'x'],
    ['blank text', string({ description, fallback: '' }), ' ', undefined],
    ['text of two lines', string({ description, fallback: '' }), 'a\nb', undefined],
    ['text that is too long', string({ description, fallback: '', maxLength: 3 }), 'abcd', undefined],
    ['an https URL', url({ description, fallback: undefined }), 'https://host:1/x', 'https://host:1/x'],
    ['a URL of another scheme', url({ description, fallback: undefined }), 'file:///etc/passwd', undefined],
    ['a URL without scheme', url({ description, fallback: undefined }), 'localhost:4318', undefined],
    ['a URL that cannot be parsed', url({ description, fallback: undefined }), 'http://[', undefined],
    ['a list', names, ['a', 'b'], ['a', 'b']],
    ['a list with a number in it', names, ['a', 1], undefined],
    ['a list that is too long', names, Array.from({ length: 129 }, String), undefined],
    ['a map with plain values', pairs, { a: 'x', b: 1, c: true }, { a: 'x', b: '1', c: 'true' }],
    ['a map with an object in it', pairs, { a: {} }, undefined],
    ['a map with a prototype key', pairs, JSON.parse('{"__proto__":"x"}'), undefined],
    ['a map that is an array', pairs, ['a'], undefined],
  ])('read %s', (_, field, given, expected) => {
    expect(field.parseValue(given)).toEqual(expected);
  });

  it('read a list from text separated by commas', () => {
    expect(names.parseText(' a, b ,,c')).toEqual(['a', 'b', 'c']);
  });

  it('never change the object or array they read, nor keep it', () => {
    const given = Object.freeze({ a: 'x' });
    expect(pairs.parseValue(given)).not.toBe(given);
    const array = Object.freeze(['a']);
    expect(names.parseValue(array)).not.toBe(array);
  });

  it('never show a secret, whether it is acceptable or not', () => {
    const secret = string({ description, fallback: undefined, secret: true, maxLength: 3 });
    expect([secret.show('abc'), secret.show('abcdef'), secret.show({ a: 1 }), secret.show(undefined)]).toEqual([
      '***',
      '***',
      '***',
      'unset',
    ]);
  });

  it('say that a secret map is empty when nobody set it', () => {
    const fallback = {};
    const secret = map({ description, fallback, secret: true });
    expect([secret.show(fallback), secret.show({ a: 'b' })]).toEqual(['none', '***']);
  });

  it.each([
    ['http://user:pa55@host:4318/v1', '"http://***@host:4318/v1"'],
    ['http://host/x?key=pa55', '"http://host/x?***"'],
    ['user:pa55@host', '"***@host"'],
    ['htp:/user:pa55@host', '"htp:/***@host"'],
  ])('show the URL %s without credentials', (text, shown) => {
    expect(url({ description, fallback: undefined }).show(text)).toBe(shown);
  });
});
