import { capText, quoteText, showValue } from './display.ts';
import type { Field, FieldSpec } from './field.ts';
import { createField } from './field-builders.ts';
import { parseKeyValues } from './parse-text.ts';
import type { TextMap } from './settings.ts';

const MAX_ENTRIES = 128;
const MAX_ENTRY_LENGTH = 1024;
const MAX_TEXT_LENGTH = 16_384;

function isEntryText(text: string): boolean {
  return text !== '' && text.length <= MAX_ENTRY_LENGTH;
}

/** List of texts, each of which `pattern` has to match; as an environment variable separated by commas. */
export function list(
  spec: FieldSpec<readonly string[]> & { readonly pattern?: RegExp; readonly expected?: string },
): Field<readonly string[]> {
  const { pattern = /^/ } = spec;
  const check = (entries: readonly string[]): readonly string[] | undefined =>
    entries.length <= MAX_ENTRIES && entries.every((entry) => isEntryText(entry) && pattern.test(entry))
      ? entries
      : undefined;
  return createField<readonly string[], readonly string[]>(spec, {
    kind: 'list',
    expected: spec.expected ?? `at most ${MAX_ENTRIES} texts, separated by commas`,
    parseText: (text) =>
      text.length > MAX_TEXT_LENGTH
        ? undefined
        : check(
            text
              .split(',')
              .map((entry) => entry.trim())
              .filter((entry) => entry !== ''),
          ),
    parseValue: (value) =>
      Array.isArray(value) && value.length <= MAX_ENTRIES && value.every((entry) => typeof entry === 'string')
        ? check([...value])
        : undefined,
    show: (value) =>
      Array.isArray(value) && value.length > 0
        ? capText(value.slice(0, MAX_ENTRIES).map(showValue).join(', '))
        : Array.isArray(value)
          ? 'none'
          : showValue(value),
  });
}

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function toEntry(key: string, value: unknown): [string, string] | undefined {
  // An own key of this name would turn into a prototype when the entries are copied by assignment.
  if (key === '__proto__' || !isEntryText(key)) return undefined;
  if (!isScalar(value)) return undefined;
  const text = String(value);
  return text.length <= MAX_ENTRY_LENGTH ? [key, text] : undefined;
}

function toMap(pairs: readonly (readonly [string, unknown])[]): TextMap | undefined {
  if (pairs.length > MAX_ENTRIES) return undefined;
  const entries: [string, string][] = [];
  for (const [key, value] of pairs) {
    const entry = toEntry(key, value);
    if (entry === undefined) return undefined;
    entries.push(entry);
  }
  return Object.fromEntries(entries);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Names with values; as an environment variable `key=value,key=value`, percent-encoded. Origins are united. */
export function map(spec: FieldSpec<TextMap>): Field<TextMap> {
  return createField<TextMap, TextMap>(spec, {
    kind: 'map',
    expected: `at most ${MAX_ENTRIES} pairs: key=value,key=value (percent-encoded) or an object with plain values`,
    merged: true,
    parseText: (text) => {
      const pairs = text.length > MAX_TEXT_LENGTH ? undefined : parseKeyValues(text);
      return pairs === undefined ? undefined : toMap(pairs);
    },
    parseValue: (value) => (isRecord(value) ? toMap(Object.entries(value)) : undefined),
    show: (value) => {
      if (!isRecord(value)) return showValue(value);
      const pairs = Object.entries(value).slice(0, MAX_ENTRIES);
      return pairs.length === 0
        ? 'none'
        : quoteText(pairs.map(([key, entry]) => `${key}=${isScalar(entry) ? entry : showValue(entry)}`).join(','));
    },
  });
}
