import { type CommandSpec, EXIT_CODES } from './command.ts';
import { formatColumns } from './format-columns.ts';

const indent = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`.trimEnd());

/** What a newcomer types, in this order. */
const FIRST_STEPS = [
  ['mcp-vitals run -- node server.js', 'start a server with monitoring'],
  ['mcp-vitals open', 'see its page'],
  ['mcp-vitals doctor -- node server.js', 'find out why nothing is measured'],
] as const;

function section(title: string, rows: readonly (readonly string[])[]): string[] {
  return ['', `${title}:`, ...indent(formatColumns(rows))];
}

/** The help of the program: its commands, one line each. */
export function programHelp(commands: readonly CommandSpec[]): string {
  return [
    'Usage: mcp-vitals <command> [options]',
    '',
    'Performance monitoring of MCP servers, without a change to their code.',
    ...section(
      'Commands',
      commands.map(({ name, summary }) => [name, summary]),
    ),
    ...section('Options', [
      ['-h, --help', 'this help, or that of a command'],
      ['-v, --version', 'the version'],
    ]),
    ...section('Examples', FIRST_STEPS),
    ...section('Exit codes', Object.entries(EXIT_CODES)),
    '',
  ].join('\n');
}

/** The help of one command. */
export function commandHelp(spec: CommandSpec): string {
  const options = Object.entries(spec.options).map(([name, { short, placeholder, description }]) => [
    `${short === undefined ? '    ' : `-${short}, `}--${name}${placeholder === undefined ? '' : ` ${placeholder}`}`,
    description,
  ]);
  return [
    `Usage: mcp-vitals ${spec.name}${spec.usage === '' ? '' : ` ${spec.usage}`}`,
    '',
    ...spec.description,
    ...section('Options', [...options, ['-h, --help', 'this help']]),
    ...section('Examples', spec.examples),
    ...section('Exit codes', Object.entries(spec.exitCodes ?? EXIT_CODES)),
    '',
  ].join('\n');
}
