import { describe, expect, it } from 'vitest';
import { parseBooleanText } from '../../../src/config/boolean-text.ts';
import {
  parseDurationMs,
  parseInteger,
  parseKeyValues,
  parseNumber,
  parseSizeBytes,
} from '../../../src/config/parse-text.ts';

describe('text of environment variables', () => {
  it.each([
    ['true', true],
    [' TRUE ', true],
    ['False', false],
    ['false\n', false],
    ['1', undefined],
    ['0', undefined],
    ['yes', undefined],
    ['', undefined],
    ['truetrue', undefined],
  ])('reads the boolean %j as %j', (text, expected) => {
    expect(parseBooleanText(text)).toBe(expected);
  });

  it.each([
    ['9464', 9464],
    [' 0 ', 0],
    ['-1', -1],
    ['9007199254740991', 9007199254740991],
    ['9007199254740993', undefined],
    ['99999999999999999', undefined],
    ['1.5', undefined],
    ['1e3', undefined],
    ['0x10', undefined],
    ['', undefined],
    ['NaN', undefined],
    ['12abc', undefined],
  ])('reads the integer %j as %j', (text, expected) => {
    expect(parseInteger(text)).toBe(expected);
  });

  it.each([
    ['0.25', 0.25],
    ['.5', 0.5],
    ['1e-3', 0.001],
    ['1e999', undefined],
    ['Infinity', undefined],
    ['NaN', undefined],
    ['0,5', undefined],
    ['50%', undefined],
  ])('reads the number %j as %j', (text, expected) => {
    expect(parseNumber(text)).toBe(expected);
  });

  it.each([
    ['500', 500],
    ['500ms', 500],
    ['60s', 60_000],
    ['1.5 m', 90_000],
    ['2min', 120_000],
    ['1H', 3_600_000],
    ['-5s', undefined],
    ['5 days', undefined],
    ['s', undefined],
  ])('reads the duration %j as %j ms', (text, expected) => {
    expect(parseDurationMs(text)).toBe(expected);
  });

  it.each([
    ['4096', 4096],
    ['64KiB', 65_536],
    ['4 MB', 4_000_000],
    ['1gib', 1_073_741_824],
    ['4 pages', undefined],
    ['-1', undefined],
  ])('reads the size %j as %j bytes', (text, expected) => {
    expect(parseSizeBytes(text)).toBe(expected);
  });

  it.each([
    [
      'a=1,b=2',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    [' a = 1 ,', [['a', '1']]],
    ['a=x%2Cy%3Dz', [['a', 'x,y=z']]],
    ['a=b=c', [['a', 'b=c']]],
    ['a=', [['a', '']]],
    ['a=1,broken', undefined],
    ['a=%zz', undefined],
    ['=1', undefined],
  ])('reads the pairs %j as %j', (text, expected) => {
    expect(parseKeyValues(text)).toEqual(expected);
  });
});
