import { parseBooleanText } from './boolean-text.ts';
import { MASK, maskUrl, quoteText, showValue } from './display.ts';
import type { Field, FieldKind, FieldSpec } from './field.ts';
import { parseDurationMs, parseInteger, parseNumber, parseSizeBytes } from './parse-text.ts';

/** Smallest and greatest accepted value, both included. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

interface Reading<T> {
  readonly kind: FieldKind;
  readonly expected: string;
  readonly merged?: boolean;
  parseText(text: string): T | undefined;
  parseValue(value: unknown): T | undefined;
  show?(value: unknown): string;
}

/** Builds a field from its specification and the way its values are read; the builders below are all made of it. */
export function createField<T, D extends T | undefined>(spec: FieldSpec<D>, reading: Reading<T>): Field<T | D> {
  const secret = spec.secret ?? false;
  const show = reading.show ?? showValue;
  return {
    kind: reading.kind,
    env: spec.env,
    description: spec.description,
    expected: reading.expected,
    fallback: spec.fallback,
    secret,
    merged: reading.merged ?? false,
    parseText: (text) => reading.parseText(text),
    parseValue: (value) => reading.parseValue(value),
    // The default of a secret is nothing, and saying that nothing is set gives nothing away.
    show: (value) => (secret && value !== undefined && value !== spec.fallback ? MASK : show(value)),
  };
}

/** `true` or `false`; in text also with surrounding space and in any case, nothing else. */
export function boolean(spec: FieldSpec<boolean>): Field<boolean> {
  return createField<boolean, boolean>(spec, {
    kind: 'boolean',
    expected: 'true or false',
    parseText: parseBooleanText,
    parseValue: (value) => (typeof value === 'boolean' ? value : undefined),
  });
}

function within(value: number | undefined, { min, max }: Range): number | undefined {
  return value !== undefined && value >= min && value <= max ? value : undefined;
}

/** Whole number in a range. */
export function int<D extends number | undefined>(spec: FieldSpec<D> & Range): Field<number | D> {
  return createField<number, D>(spec, {
    kind: 'int',
    expected: `an integer from ${spec.min} to ${spec.max}`,
    parseText: (text) => within(parseInteger(text), spec),
    parseValue: (value) => (Number.isSafeInteger(value) ? within(Number(value), spec) : undefined),
  });
}

function numeric<D extends number | undefined>(
  kind: 'number' | 'ratio',
  spec: FieldSpec<D>,
  range: Range,
): Field<number | D> {
  return createField<number, D>(spec, {
    kind,
    expected: `a number from ${range.min} to ${range.max}`,
    parseText: (text) => within(parseNumber(text), range),
    parseValue: (value) => (typeof value === 'number' ? within(value, range) : undefined),
  });
}

/** Number in a range, with fractions. */
export function number<D extends number | undefined>(spec: FieldSpec<D> & Range): Field<number | D> {
  return numeric('number', spec, spec);
}

/** Number from 0 to 1. */
export function ratio<D extends number | undefined>(spec: FieldSpec<D>): Field<number | D> {
  return numeric('ratio', spec, { min: 0, max: 1 });
}

/** Duration in milliseconds; text may carry a unit. The range is in milliseconds. */
export function duration<D extends number | undefined>(spec: FieldSpec<D> & Range): Field<number | D> {
  return createField<number, D>(spec, {
    kind: 'duration',
    expected: `a duration from ${spec.min} to ${spec.max} ms (a number of ms, or text such as 500ms, 60s, 5m, 1h)`,
    parseText: (text) => within(parseDurationMs(text), spec),
    parseValue: (value) => within(typeof value === 'string' ? parseDurationMs(value) : finite(value), spec),
    show: (value) => (typeof value === 'number' ? `${value} ms` : showValue(value)),
  });
}

function finite(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** Size in bytes; text may carry a unit. The range is in bytes. */
export function bytes<D extends number | undefined>(spec: FieldSpec<D> & Range): Field<number | D> {
  return createField<number, D>(spec, {
    kind: 'bytes',
    expected: `a size from ${spec.min} to ${spec.max} bytes (a number of bytes, or text such as 64KiB, 4MB)`,
    parseText: (text) => within(parseSizeBytes(text), spec),
    parseValue: (value) =>
      within(
        typeof value === 'string' ? parseSizeBytes(value) : Number.isSafeInteger(value) ? Number(value) : undefined,
        spec,
      ),
    show: (value) => (typeof value === 'number' ? `${value} bytes` : showValue(value)),
  });
}

/** One of several words, in text and files in any case. Named `oneOf` because `enum` is a reserved word. */
export function oneOf<const W extends readonly string[], D extends W[number] | undefined>(
  words: W,
  spec: FieldSpec<D>,
): Field<W[number] | D> {
  const find = (text: string): W[number] | undefined => {
    const word = text.trim().toLowerCase();
    return words.find((known) => known === word);
  };
  return createField<W[number], D>(spec, {
    kind: 'enum',
    expected: words.length === 1 ? String(words[0]) : `one of ${words.join(', ')}`,
    parseText: find,
    parseValue: (value) => (typeof value === 'string' ? find(value) : undefined),
    show: (value) => (words.some((word) => word === value) ? String(value) : showValue(value)),
  });
}

/** The values of another field, or one of some words besides, such as `off`. */
export function orWord<T, const W extends readonly string[], D extends T | W[number]>(
  words: W,
  base: Field<T>,
  fallback: D,
): Field<T | W[number]> {
  const alternative = oneOf(words, { description: base.description, fallback: undefined });
  return {
    ...base,
    expected: `${base.expected}, or ${words.join(', or ')}`,
    fallback,
    parseText: (text) => alternative.parseText(text) ?? base.parseText(text),
    parseValue: (value) => alternative.parseValue(value) ?? base.parseValue(value),
    show: (value) => (words.some((word) => word === value) ? String(value) : base.show(value)),
  };
}

/** What text a `string` field accepts. */
export interface TextRule {
  /** Longest accepted text in characters. @default 1024 */
  readonly maxLength?: number;
  /** What the text must match. @default one line without control characters */
  readonly pattern?: RegExp;
  /** Words for `expected`. */
  readonly expected?: string;
}

/** Non-empty text of bounded length, trimmed. */
export function string<D extends string | undefined>(spec: FieldSpec<D> & TextRule): Field<string | D> {
  const maxLength = spec.maxLength ?? 1024;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: keeping them out is the purpose
  const pattern = spec.pattern ?? /^[^\u0000-\u001f\u007f]+$/;
  const parseText = (text: string): string | undefined => {
    const trimmed = text.trim();
    return trimmed !== '' && trimmed.length <= maxLength && pattern.test(trimmed) ? trimmed : undefined;
  };
  return createField<string, D>(spec, {
    kind: 'string',
    expected: spec.expected ?? `one line of text of at most ${maxLength} characters`,
    parseText,
    parseValue: (value) => (typeof value === 'string' ? parseText(value) : undefined),
  });
}

const MAX_URL_LENGTH = 2048;

/** Absolute `http` or `https` URL; credentials and query are not shown in messages. */
export function url(spec: FieldSpec<string | undefined>): Field<string | undefined> {
  const parseText = (text: string): string | undefined => {
    const trimmed = text.trim();
    if (trimmed.length > MAX_URL_LENGTH || !/^https?:\/\//i.test(trimmed)) return undefined;
    return URL.canParse(trimmed) ? trimmed : undefined;
  };
  return createField<string, string | undefined>(spec, {
    kind: 'url',
    expected: 'an http:// or https:// URL',
    parseText,
    parseValue: (value) => (typeof value === 'string' ? parseText(value) : undefined),
    show: (value) => (typeof value === 'string' ? quoteText(maskUrl(value)) : showValue(value)),
  });
}
