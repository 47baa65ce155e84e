import { quoteText } from '../../config/display.ts';
import { isSupportedNode, OLDEST_NODE } from '../run/node-version.ts';
import type { ProgramKind } from '../run/program-kind.ts';
import { SDK_PACKAGES, showCopies } from './check-sdk.ts';
import { type Finding, ok, problem, warning } from './finding.ts';
import { type PackageCopy, packageOf } from './package-copies.ts';
import type { ProbeResult } from './probe.ts';
import type { ProcessReport } from './process-report.ts';

/** What is known about an examined command besides what happened. */
export interface ProbeFacts {
  readonly command: string;
  readonly kind: ProgramKind | undefined;
  readonly timeoutMs: number;
  readonly disabled: boolean;
  /** Copies of the SDK that are installed for the command. */
  readonly copies: readonly PackageCopy[];
}

/** Explains what came of starting a command: whether it started, answered, kept stdout clean, and was measured. */
export function checkProbe(result: ProbeResult, facts: ProbeFacts): Finding[] {
  if (result.startError !== undefined) {
    const advice = 'check the spelling and PATH';
    return [problem('start', `${facts.command} could not be started: ${result.startError}`, 'a command', advice)];
  }
  const start = checkStart(result, facts);
  const stdout = checkStdout(result);
  // What has crashed at once says nothing about how it would have been measured.
  const crashed = result.earlyEnd !== undefined && !result.reports.some(({ attached }) => attached);
  const measured = crashed && result.reports.length > 0 ? [] : [checkMeasured(result, facts)];
  return [start, ...(stdout === undefined ? [] : [stdout]), ...measured];
}

function checkStart({ answer, refusal, earlyEnd, stderr }: ProbeResult, facts: ProbeFacts): Finding {
  const expected = 'an answer to initialize on stdout';
  if (answer !== undefined) {
    const { name, version, protocolVersion } = answer;
    return ok('start', `${quoteText(name)} ${version} answered initialize with protocol version ${protocolVersion}`);
  }
  if (refusal !== undefined) {
    return problem('start', `initialize was answered with the error ${quoteText(refusal)}`, expected, 'see its log');
  }
  if (earlyEnd !== undefined) {
    const how = earlyEnd.signal === null ? `exit code ${earlyEnd.code}` : `signal ${earlyEnd.signal}`;
    const last = lastWords(stderr);
    const said = last === undefined ? 'it wrote nothing to stderr' : `last on stderr: ${quoteText(last)}`;
    const advice = `start it without monitoring to see whether the fault is its own: ${facts.command} …`;
    return problem('start', `it ended with ${how} before it answered; ${said}`, expected, advice);
  }
  return warning(
    'start',
    `no answer to initialize on stdout within ${facts.timeoutMs / 1000} s`,
    expected,
    'nothing is wrong if it serves HTTP; otherwise give it more time with --timeout',
  );
}

function lastWords(stderr: string): string | undefined {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  // Node ends with its version; what went wrong is the line that names an error.
  return lines.findLast((line) => /^\s*(\w*Error\b|Uncaught|error[: ])/.test(line)) ?? lines.at(-1);
}

function checkStdout({ answer, foreignLines, foreignCount }: ProbeResult): Finding | undefined {
  const [first] = foreignLines;
  if (first === undefined) return answer === undefined ? undefined : ok('stdout', 'only JSON-RPC messages');
  // A server over HTTP may print what it likes.
  const report = answer === undefined ? warning : problem;
  const lines = foreignCount === 1 ? 'one line that is' : `${foreignCount} lines that are`;
  return report(
    'stdout',
    `${lines} no JSON-RPC message, such as ${quoteText(first)}`,
    'on stdio, nothing but JSON-RPC messages on stdout',
    'print with console.error, which goes to stderr',
  );
}

function checkMeasured(result: ProbeResult, facts: ProbeFacts): Finding {
  const attached = result.reports.filter((report) => report.attached);
  if (attached.length === 0) return whyNotMeasured(result, facts);
  const files = [...new Set(attached.flatMap(({ patched }) => patched))];
  const owners = files.map((file) => ({ file, owner: packageOf(file) }));
  const copies = owners.flatMap(({ owner }) => (owner !== undefined && SDK_PACKAGES.has(owner.name) ? [owner] : []));
  const bundles = owners.filter(({ owner }) => owner === undefined || !SDK_PACKAGES.has(owner.name));
  const unique = [...new Map(copies.map((copy) => [copy.folder, copy])).values()];
  const parts = [
    ...(unique.length === 0 ? [] : [showCopies(unique)]),
    ...bundles.map(({ file }) => `a copy bundled in ${file}`),
  ];
  const idle = facts.copies.filter(({ folder }) => !unique.some((copy) => copy.folder === folder));
  const notLoaded = idle.length === 0 ? '' : `; installed and not used in this run: ${showCopies(idle)}`;
  if (parts.length === 0) {
    const advice = result.answer === undefined ? 'nothing, if it connects later' : 'report this as a bug of mcp-vitals';
    return warning('measured', `the MCP SDK was loaded, but no server was made${notLoaded}`, 'a server', advice);
  }
  const connections = attached.some(({ connected }) => connected.length > 0);
  const until = connections ? '' : '; nothing has connected to it yet';
  return ok('measured', `on Node ${attached[0]?.node}: ${parts.join(', ')}${until}${notLoaded}`);
}

function whyNotMeasured({ reports }: ProbeResult, { kind, command, disabled }: ProbeFacts): Finding {
  const not = (reason: string, expected: string, advice: string): Finding =>
    problem('measured', `nothing is measured: ${reason}`, expected, advice);
  if (disabled) {
    return not(
      'the environment switches mcp-vitals off',
      'no OTEL_SDK_DISABLED=true',
      'remove it from the environment',
    );
  }
  if (reports.length === 0) return notReached(kind, command, not);
  const old = reports.find(({ node }) => !isSupportedNode(node));
  if (old !== undefined) {
    return not(`it runs on Node ${old.node}`, `Node ${OLDEST_NODE} or later`, 'update Node');
  }
  const requiring = reports.find((report) => report.requiredModules.length > 0 && !hooksReachRequire(report));
  if (requiring !== undefined) {
    return not(
      `${requiring.requiredModules[0]} is an ES module loaded by require(), which loading hooks of Node ${requiring.node} do not see`,
      'import() of ES modules, or Node 22.15 or later',
      'update Node, or load the module with import()',
    );
  }
  return not(
    'no file of the MCP SDK was loaded',
    'a server made with @modelcontextprotocol/sdk from 1.5 on, or @modelcontextprotocol/server 2.x',
    'check that the command starts the server itself and not only a launcher of it',
  );
}

function notReached(
  kind: ProgramKind | undefined,
  command: string,
  not: (reason: string, expected: string, advice: string) => Finding,
): Finding {
  const expected = 'a Node process that reads NODE_OPTIONS';
  if (kind === 'single-executable') {
    const advice = 'start the script of the server with node, or call startVitals() in it before it is built';
    return not(`${command} is a single-executable file, which reads no NODE_OPTIONS`, expected, advice);
  }
  if (kind === 'other-runtime') {
    return not(`${command} runs on Bun or Deno, which read no NODE_OPTIONS`, expected, 'run the server on Node');
  }
  if (kind === 'node' || kind === 'node-script') {
    const advice = 'check that nothing on the way removes NODE_OPTIONS from the environment';
    return not(`Node was started by ${command} and did not read NODE_OPTIONS`, expected, advice);
  }
  return not(
    `${command} is no Node program, and no process it started read NODE_OPTIONS`,
    expected,
    'give the command that starts the server with Node, and let it keep NODE_OPTIONS; other languages cannot be measured',
  );
}

/** Synchronous hooks, which see `require()` as well, exist from these versions on. */
function hooksReachRequire({ node }: ProcessReport): boolean {
  const [major = 0, minor = 0] = node.split('.').map(Number);
  return major >= 24 || (major === 23 && minor >= 5) || (major === 22 && minor >= 15);
}
