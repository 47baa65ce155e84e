import { showName, showValue } from './display.ts';
import type { Field, FieldSpec } from './field.ts';
import { createField } from './field-builders.ts';
import { nearestName } from './nearest-name.ts';

/** Something wrong inside a list: where, as `[2].p95` behind the name of the setting, and what. */
export interface ItemProblem {
  readonly at: string;
  readonly received: string;
  readonly expected: string;
}

/** A field whose value is a list of objects; reading it finds every problem, not only the first. */
export interface ItemsField<T extends object> extends Field<readonly T[]> {
  /** Reads a value of code or file. Items with a problem are left out. `undefined` when it is no list at all. */
  readonly readValue: (value: unknown, problem: (problem: ItemProblem) => void) => readonly T[] | undefined;
  /** Reads text of an environment variable: the same list as JSON. */
  readonly readText: (text: string, problem: (problem: ItemProblem) => void) => readonly T[] | undefined;
}

/** What an item of a list may hold. */
export interface ItemsSpec<T extends object> extends FieldSpec<readonly T[]> {
  /** What one item is, in words that follow "a list of": `objectives`. */
  readonly items: string;
  /** A field for every property; `env` has no meaning here. A property left out gets the field's fallback. */
  readonly fields: { readonly [K in keyof T]-?: Field<T[K]> };
  /** Properties every item must have. */
  readonly required?: readonly (keyof T & string)[];
  /** What properties cannot say one by one: names the offending property (or '' for the item) and what is expected. */
  readonly check?: (item: T, problem: (property: (keyof T & string) | '', expected: string) => void) => void;
  /** Longest accepted list. @default 200 */
  readonly maxItems?: number;
}

const MAX_ITEMS = 200;

/** Whether a field reads lists of objects. */
export function isItemsField(field: Field<unknown>): field is ItemsField<object> {
  return 'readValue' in field;
}

/**
 * List of objects: an array in code and files, the same as JSON in an environment variable. A wrong item is a problem of its own
 * with its path, thrown in code; from environment and file the wrong items are ignored and the others used.
 */
export function items<T extends object>(spec: ItemsSpec<T>): ItemsField<T> {
  const maxItems = spec.maxItems ?? MAX_ITEMS;
  const names = Object.keys(spec.fields);
  const readValue: ItemsField<T>['readValue'] = (value, problem) => {
    if (!Array.isArray(value) || value.length > maxItems) return undefined;
    return [...value].flatMap((item: unknown, index) => {
      const read = new ItemReader(spec, `[${index}]`, problem).read(item);
      return read === undefined ? [] : [read];
    });
  };
  const readText: ItemsField<T>['readText'] = (text, problem) => {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return undefined;
    }
    return readValue(value, problem);
  };
  const whole =
    <I>(read: (input: I, problem: (problem: ItemProblem) => void) => readonly T[] | undefined) =>
    (input: I): readonly T[] | undefined => {
      let isWrong = false;
      const value = read(input, () => {
        isWrong = true;
      });
      return isWrong ? undefined : value;
    };
  const field = createField<readonly T[], readonly T[]>(spec, {
    kind: 'items',
    expected: `a list of at most ${maxItems} ${spec.items}, each with some of ${names.join(', ')} (JSON in the environment)`,
    parseText: whole(readText),
    parseValue: whole(readValue),
    show: (value) =>
      Array.isArray(value) ? (value.length === 0 ? 'none' : `${value.length} given`) : showValue(value),
  });
  return { ...field, readValue, readText };
}

/** Reads one item that may be anything, and never changes it. */
class ItemReader<T extends object> {
  readonly #spec: ItemsSpec<T>;
  readonly #at: string;
  readonly #problem: (problem: ItemProblem) => void;
  #wrong = false;
  /** Properties that are there and wrong, which has been reported. */
  readonly #unreadable = new Set<string>();

  constructor(spec: ItemsSpec<T>, at: string, problem: (problem: ItemProblem) => void) {
    this.#spec = spec;
    this.#at = at;
    this.#problem = problem;
  }

  /** `undefined` when something is wrong with the item, which has been reported. */
  read(item: unknown): T | undefined {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) {
      this.#report('', showValue(item), `an object with some of ${this.#names().join(', ')}`);
      return undefined;
    }
    const given = new Map<string, unknown>();
    for (const key of Object.keys(item)) this.#readProperty(item, key, given);
    for (const name of this.#spec.required ?? []) {
      if (!given.has(name) && !this.#unreadable.has(name))
        this.#report(`.${name}`, 'nothing', this.#field(name).expected);
    }
    if (this.#wrong) return undefined;
    const result: Record<string, unknown> = {};
    for (const name of this.#names()) {
      const value = given.has(name) ? given.get(name) : this.#field(name).fallback;
      if (value !== undefined) result[name] = value;
    }
    // Every property was read by its own field, and the required ones are there: that is what the type says.
    const read = result as T;
    this.#spec.check?.(read, (property, expected) => {
      const received = property === '' ? 'an item' : this.#field(property).show(result[property]);
      this.#report(property === '' ? '' : `.${property}`, received, expected);
    });
    return this.#wrong ? undefined : read;
  }

  #readProperty(item: object, key: string, given: Map<string, unknown>): void {
    const at = `.${showName(key)}`;
    const names = this.#names();
    if (!names.includes(key)) {
      const nearest = nearestName(key, names);
      const expected = nearest === undefined ? `one of ${names.join(', ')}` : `${nearest}, the nearest known property`;
      this.#report(at, 'an unknown property', expected);
      return;
    }
    const field = this.#field(key);
    try {
      const value: unknown = Reflect.get(item, key);
      // Null is what YAML makes of a name without a value.
      if (value === undefined || value === null) return;
      const parsed = field.parseValue(value);
      if (parsed === undefined) {
        this.#unreadable.add(key);
        this.#report(at, field.show(value), field.expected);
      } else given.set(key, parsed);
    } catch {
      this.#unreadable.add(key);
      this.#report(at, 'a value that throws when read', field.expected);
    }
  }

  #names(): string[] {
    return Object.keys(this.#spec.fields);
  }

  /** The caller has checked that there is one. */
  #field(name: string): Field<unknown> {
    return this.#spec.fields[name as keyof T];
  }

  #report(at: string, received: string, expected: string): void {
    this.#wrong = true;
    this.#problem({ at: `${this.#at}${at}`, received, expected });
  }
}
