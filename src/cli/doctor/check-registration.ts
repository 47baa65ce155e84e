import { type Finding, ok, problem } from './finding.ts';

const REGISTER = /mcp-vitals[^\s"]*\/register|\/dist\/register\.js/;

/** Whether Node will be monitored: its version, and how monitoring comes into the process. */
export function checkRegistration(input: {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly program: readonly string[];
  readonly disabledBy: string | undefined;
}): Finding {
  if (input.disabledBy !== undefined) {
    return problem(
      'registration',
      `mcp-vitals is switched off by ${input.disabledBy}`,
      'not switched off',
      `remove ${input.disabledBy} to measure anything`,
    );
  }
  const { NODE_OPTIONS: nodeOptions = '' } = input.env;
  if (REGISTER.test(nodeOptions)) return ok('registration', 'NODE_OPTIONS loads mcp-vitals in every Node process');
  if (input.program.some((word) => REGISTER.test(word))) return ok('registration', 'the command loads mcp-vitals');
  if (input.program.length === 0) {
    return ok('registration', 'nothing here loads mcp-vitals; start a server with: mcp-vitals run -- node server.js');
  }
  return ok(
    'registration',
    `the command does not load mcp-vitals; start it with: mcp-vitals run -- ${input.program.join(' ')}`,
  );
}
