import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ResolvedConfig } from '../../config/index.ts';
import type { CliIo } from '../io.ts';
import { findProgram } from '../run/find-program.ts';
import { nodeVersionOf } from '../run/node-version.ts';
import { programKind } from '../run/program-kind.ts';
import { checkCollector } from './check-collector.ts';
import { checkConfiguration } from './check-configuration.ts';
import { checkFolders } from './check-folders.ts';
import { checkNode } from './check-node.ts';
import { checkObjectives } from './check-objectives.ts';
import { API_PACKAGE, checkOtel } from './check-otel.ts';
import { checkExposure, checkPort } from './check-port.ts';
import { checkProbe } from './check-probe.ts';
import { checkRegistration } from './check-registration.ts';
import { checkSdk, SDK_PACKAGES } from './check-sdk.ts';
import { type Finding, problem, reasonOf } from './finding.ts';
import { findPackageCopies } from './package-copies.ts';
import { type ProbeResult, probe } from './probe.ts';

/** What is examined. */
export interface Examination {
  readonly io: CliIo;
  readonly config: ResolvedConfig;
  /** The command to start once; empty for none. */
  readonly program: readonly string[];
  readonly timeoutMs: number;
  /** Whether the environment switches the product off before any configuration is read. */
  readonly disabled: boolean;
}

/** Makes every check, in the order a person would: what runs, what is measured, where it goes, how it is configured. */
export async function examine(subject: Examination): Promise<Finding[]> {
  const { io, config, program, timeoutMs } = subject;
  const [command = ''] = program;
  const result = program.length === 0 ? undefined : await probe(program, { env: io.env, cwd: io.cwd, timeoutMs });
  const folders = startFolders(io.cwd, result);
  const installed = findPackageCopies(folders, new Set([...SDK_PACKAGES, API_PACKAGE]));
  const sdkCopies = installed.filter(({ name }) => SDK_PACKAGES.has(name));
  const apiCopies = installed.filter(({ name }) => name === API_PACKAGE);
  const server = result?.reports.find(({ attached }) => attached) ?? result?.reports.at(-1);
  const entry = server?.entry ?? join(io.cwd, 'index.js');

  const checks: readonly [string, () => Finding[] | Promise<Finding[]>][] = [
    ['node', () => [checkNode(process.versions.node, 'doctor'), ...nodeOfCommand(subject)]],
    ['registration', () => [checkRegistration({ env: io.env, program, disabledBy: disabledBy(subject) })]],
    ['sdk', () => [checkSdk(sdkCopies, folders, server?.attached === true)]],
    [
      'measured',
      () => {
        if (result === undefined) return [];
        const file = findProgram(command, io.env, io.cwd);
        const kind = file === undefined ? undefined : programKind(file);
        return checkProbe(result, { command, kind, timeoutMs, disabled: subject.disabled, copies: sdkCopies });
      },
    ],
    ['otel-mode', () => checkOtel(config, entry, apiCopies, server?.otel)],
    [
      'port',
      async () => [await checkPort(config), ...[checkExposure(config)].filter((finding) => finding !== undefined)],
    ],
    ['collector', () => checkCollector(config)],
    ['discovery', () => checkFolders(config)],
    ['configuration', () => checkConfiguration(config)],
    ['objectives', () => [checkObjectives(config)]],
  ];
  const findings: Finding[] = [];
  for (const [name, check] of checks) findings.push(...(await guarded(name, check)));
  return findings;
}

/** A check that fails itself must not hide what the others found. */
async function guarded(name: string, check: () => Finding[] | Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await check();
  } catch (error) {
    const advice = 'report this as a bug of mcp-vitals';
    return [problem(name, `the check itself failed: ${reasonOf(error)}`, 'a result', advice)];
  }
}

function nodeOfCommand({ program, io }: Examination): Finding[] {
  const [command] = program;
  const version = command === undefined ? undefined : nodeVersionOf(command, io.env, io.cwd);
  return command === undefined || version === undefined || version === process.versions.node
    ? []
    : [checkNode(version, command)];
}

function disabledBy({ disabled, config }: Examination): string | undefined {
  if (!disabled && !config.values.disabled) return undefined;
  const { origins } = config;
  return origins.disabled === 'env' ? 'OTEL_SDK_DISABLED=true' : 'the option disabled';
}

/** Where packages are looked for: the working folder, and where the processes of the command have their entry. */
function startFolders(cwd: string, result: ProbeResult | undefined): string[] {
  const reports = result?.reports ?? [];
  const servers = reports.filter(({ attached }) => attached);
  const entries = (servers.length > 0 ? servers : reports).flatMap(({ entry }) => entry ?? []);
  return [...new Set([cwd, ...entries.flatMap(realFolder)])];
}

function realFolder(file: string): string[] {
  try {
    return [dirname(realpathSync(file))];
  } catch {
    return [];
  }
}
