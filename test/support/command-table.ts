import { COMMANDS } from '../../src/cli/commands.ts';
import { commandHelp, programHelp } from '../../src/cli/help-text.ts';

const fenced = (text: string): string => `\`\`\`text\n${text.trimEnd()}\n\`\`\``;

/** The help of the program and of every command, each under a heading of its own. */
export function commandReference(): string {
  const commands = COMMANDS.map((spec) => `## ${spec.name}\n\n${fenced(commandHelp(spec))}`);
  return [fenced(programHelp(COMMANDS)), ...commands].join('\n\n');
}
