/** How a setting is read; shown in the options table. */
export type FieldKind =
  | 'boolean'
  | 'int'
  | 'number'
  | 'ratio'
  | 'duration'
  | 'bytes'
  | 'enum'
  | 'list'
  | 'map'
  | 'items'
  | 'url'
  | 'string';

/** One row of the field table: everything there is to know about a setting. */
export interface Field<T> {
  readonly kind: FieldKind;
  /** The one environment variable that sets it. */
  readonly env: string | undefined;
  /** One line, for the options table. */
  readonly description: string;
  /** What is accepted, in words that complete "expected …". */
  readonly expected: string;
  readonly fallback: T;
  /** Never shown in messages and tables. */
  readonly secret: boolean;
  /** Whether the entries of all origins are united, the stronger origin winning per entry, instead of replaced. */
  readonly merged: boolean;
  /** Reads text of an environment variable; `undefined` when not acceptable. */
  parseText(text: string): T | undefined;
  /** Reads a value written in code or in a configuration file; `undefined` when not acceptable. */
  parseValue(value: unknown): T | undefined;
  /** Any value, acceptable or not, as one bounded line without secrets. */
  show(value: unknown): string;
}

/** What every field builder takes. `fallback` is the default, in the type of the setting. */
export interface FieldSpec<T> {
  readonly env?: string;
  readonly description: string;
  readonly fallback: T;
  readonly secret?: boolean;
}
