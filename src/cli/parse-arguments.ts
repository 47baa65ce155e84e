import { parseArgs } from 'node:util';
import { type CommandSpec, type ParsedArguments, UsageError } from './command.ts';

/**
 * Reads the arguments of one command.
 *
 * @throws UsageError for an unknown option, a missing value, an argument too many, or a missing program
 */
export function parseArguments(spec: CommandSpec, argv: readonly string[]): ParsedArguments {
  const { own, program } = spec.program === 'none' ? { own: argv, program: [] } : splitProgram(spec, argv);
  const { values, positionals } = parseOwn(spec, own);
  const extra = positionals[spec.maxPositionals];
  if (extra !== undefined) throw new UsageError(`Unexpected argument ${JSON.stringify(extra)}`);
  const flags = Object.keys(values).filter((name) => values[name] === true);
  if (spec.program === 'required' && program.length === 0 && !flags.includes('help')) {
    throw new UsageError('There is no command to start');
  }
  const texts = Object.entries(values).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return { flags: new Set(flags), values: new Map(texts), positionals, program };
}

function splitProgram(
  spec: CommandSpec,
  argv: readonly string[],
): { own: readonly string[]; program: readonly string[] } {
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] ?? '';
    if (word === '--') return { own: argv.slice(0, index), program: argv.slice(index + 1) };
    if (!word.startsWith('-')) return { own: argv.slice(0, index), program: argv.slice(index) };
    // The value of an option stands in the next word and is not the program.
    if (spec.options[word.slice(2)]?.type === 'string') index += 1;
  }
  return { own: argv, program: [] };
}

function parseOwn(
  spec: CommandSpec,
  args: readonly string[],
): { values: Record<string, unknown>; positionals: string[] } {
  const options = Object.entries({ ...spec.options, help: { type: 'boolean', short: 'h' } as const }).map(
    ([name, { type, short }]) => [name, { type, ...(short === undefined ? {} : { short }) }] as const,
  );
  try {
    return parseArgs({ args: [...args], options: Object.fromEntries(options), allowPositionals: true });
  } catch (error) {
    // The first sentence says what is wrong; the others explain the parser.
    const [sentence = 'The arguments cannot be read'] = String((error as Error).message).split(/\.(?:\s|$)|\n/);
    throw new UsageError(sentence);
  }
}
