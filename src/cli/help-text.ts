import type { CommandSpec } from './command.ts';
import { formatColumns } from './format-columns.ts';

const indent = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`.trimEnd());

/** The help of the program: its commands, one line each. */
export function programHelp(commands: readonly CommandSpec[]): string {
  return [
    'Usage: mcp-vitals <command> [options]',
    '',
    'Performance monitoring of MCP servers, without a change to their code.',
    '',
    'Commands:',
    ...indent(formatColumns(commands.map(({ name, summary }) => [name, summary]))),
    '',
    'Options:',
    ...indent(
      formatColumns([
        ['-h, --help', 'this help, or that of a command'],
        ['-v, --version', 'the version'],
      ]),
    ),
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
    '',
    'Options:',
    ...indent(formatColumns([...options, ['-h, --help', 'this help']])),
    '',
  ].join('\n');
}
