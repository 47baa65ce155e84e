import type { CliIo } from './io.ts';

/** What the exit codes of every command mean; `run` passes on those of the started program. */
export const EXIT_OK = 0;
export const EXIT_PROBLEM = 1;
export const EXIT_USAGE = 2;

/** The exit codes in words, for the help text. */
export const EXIT_CODES: Readonly<Record<string, string>> = {
  [EXIT_OK]: 'done',
  [EXIT_PROBLEM]: 'it failed; why stands on standard error',
  [EXIT_USAGE]: 'the command line is wrong',
};

/** One option of a command. */
export interface OptionSpec {
  readonly type: 'boolean' | 'string';
  readonly short?: string;
  /** Stands for the value in the help text: `DIR`. */
  readonly placeholder?: string;
  readonly description: string;
}

/** One row of the table of commands: help text and parser are made from it. */
export interface CommandSpec {
  readonly name: string;
  /** One line, for the list of commands. */
  readonly summary: string;
  /** What follows the name of the command. */
  readonly usage: string;
  /** Paragraphs of the command's own help, already broken into lines. */
  readonly description: readonly string[];
  /** Command lines with what each does, in a few words. */
  readonly examples: readonly (readonly [line: string, what: string])[];
  /** What the exit codes of this command mean. @default EXIT_CODES */
  readonly exitCodes?: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, OptionSpec>>;
  readonly maxPositionals: number;
  /** Whether a foreign command line may or must follow, after `--` or from the first word that is no option. */
  readonly program: 'none' | 'optional' | 'required';
  /** Loaded only when the command runs: `run` starts every server of a desktop and has to be quick. */
  readonly load: () => Promise<(input: ParsedArguments, io: CliIo) => Promise<number>>;
}

/** The arguments of a command, checked against its row. */
export interface ParsedArguments {
  readonly flags: ReadonlySet<string>;
  readonly values: ReadonlyMap<string, string>;
  readonly positionals: readonly string[];
  /** The foreign command line; empty when there is none. */
  readonly program: readonly string[];
}

/** The command line cannot be understood; the message is one sentence for the person who typed it. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError';
}
