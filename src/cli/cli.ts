import { nearestName } from '../config/nearest-name.ts';
import { VERSION } from '../core/version.ts';
import { EXIT_OK, EXIT_PROBLEM, EXIT_USAGE, UsageError } from './command.ts';
import { COMMANDS } from './commands.ts';
import { commandHelp, programHelp } from './help-text.ts';
import type { CliIo } from './io.ts';
import { parseArguments } from './parse-arguments.ts';

/**
 * Runs one command line. Never rejects and never ends the process.
 *
 * @param argv arguments after the name of the program
 * @returns the exit code: 0 done, 1 a problem was found, 2 the command line is wrong; `run` answers that of its program
 */
export async function run(argv: readonly string[], io: CliIo): Promise<number> {
  try {
    return await dispatch(argv, io);
  } catch (error) {
    const usage = error instanceof UsageError;
    const text = error instanceof Error ? error.message : String(error);
    io.stderr.write(`mcp-vitals: ${text}${usage ? `; see "mcp-vitals ${helpFor(argv)}"` : ''}\n`);
    return usage ? EXIT_USAGE : EXIT_PROBLEM;
  }
}

async function dispatch(argv: readonly string[], io: CliIo): Promise<number> {
  const [first, ...rest] = argv;
  if (first === undefined) {
    io.stderr.write(programHelp(COMMANDS));
    return EXIT_USAGE;
  }
  if (first === '--version' || first === '-v') {
    io.stdout.write(`${VERSION}\n`);
    return EXIT_OK;
  }
  if (first === '--help' || first === '-h' || first === 'help') {
    io.stdout.write(rest[0] === undefined ? programHelp(COMMANDS) : commandHelp(commandNamed(rest[0])));
    return EXIT_OK;
  }
  const spec = commandNamed(first);
  const input = parseArguments(spec, rest);
  if (input.flags.has('help')) {
    io.stdout.write(commandHelp(spec));
    return EXIT_OK;
  }
  const command = await spec.load();
  return await command(input, io);
}

function commandNamed(name: string): (typeof COMMANDS)[number] {
  const spec = COMMANDS.find((candidate) => candidate.name === name);
  if (spec !== undefined) return spec;
  if (name.startsWith('-')) throw new UsageError(`Unknown option ${JSON.stringify(name)}`);
  const nearest = nearestName(
    name,
    COMMANDS.map((command) => command.name),
  );
  const hint = nearest === undefined ? '' : `, did you mean "${nearest}"?`;
  throw new UsageError(`Unknown command ${JSON.stringify(name)}${hint}`);
}

function helpFor(argv: readonly string[]): string {
  const known = COMMANDS.find(({ name }) => name === argv[0]);
  return known === undefined ? '--help' : `${known.name} --help`;
}
