import { ownFile } from '../../core/own-file.ts';
import type { ParsedArguments } from '../command.ts';
import type { CliIo } from '../io.ts';
import { environmentWithImports } from './node-options.ts';
import { isSupportedNode, nodeVersionOf, OLDEST_NODE } from './node-version.ts';
import { exitCodeOfSignal, startProgram } from './start-program.ts';

/** File URL of the entry that `--import mcp-vitals/register` stands for. */
export const REGISTER_URL: string = ownFile('register.js').href;

/**
 * `mcp-vitals run -- <command>`: starts any command with monitoring of every MCP server in it, and ends as it ends.
 *
 * A Node that is too old gets its command without monitoring and a line that says so: the server matters more.
 */
export async function runCommand({ program }: ParsedArguments, io: CliIo): Promise<number> {
  const [command = ''] = program;
  const version = nodeVersionOf(command, io.env, io.cwd);
  const supported = version === undefined || isSupportedNode(version);
  if (!supported) {
    io.stderr.write(
      `mcp-vitals: ${command} runs on Node ${version}, monitoring needs ${OLDEST_NODE} or later; it is started without\n`,
    );
  }
  const env = supported ? environmentWithImports(io.env, [REGISTER_URL]) : io.env;
  const end = await startProgram(program, { env, cwd: io.cwd });
  if (end.kind === 'exit') return end.code;
  if (end.kind === 'signal') {
    io.endBySignal?.(end.signal);
    return exitCodeOfSignal(end.signal);
  }
  io.stderr.write(`mcp-vitals: ${command} could not be started: ${end.reason}\n`);
  return end.code;
}
