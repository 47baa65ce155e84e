import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { compileRules } from '../../alerts/compile-rules.ts';
import type { VitalsConfig } from '../../config/index.ts';
import { formatProblem } from '../../config/problem.ts';
import { ruleTestText } from '../../rules/prometheus/promtool-cases.ts';
import { type FleetSource, fleetRules, ruleFileText } from '../../rules/prometheus/rule-file.ts';
import { objectivesOf } from '../../sdk/objective-part.ts';
import { EXIT_OK, type ParsedArguments } from '../command.ts';
import type { CliIo } from '../io.ts';
import { readSettings } from '../settings.ts';

/** Rules of the process that the fleet judges by its own figures, over all servers together. */
const JUDGED_IN_FLEET: readonly string[] = [
  'latency-high',
  'uptime-low',
  'objective-burn-page',
  'objective-burn-ticket',
];

const DEFAULT_JOB = 'mcp-vitals.*';

/** `mcp-vitals rules`: prints the Prometheus rules of the objectives in force. */
export async function rulesCommand({ flags, values }: ParsedArguments, io: CliIo): Promise<number> {
  const config = values.get('config');
  const env = config === undefined ? io.env : { ...io.env, MCP_VITALS_CONFIG: resolve(io.cwd, config) };
  const settings = await readSettings({ ...io, env });
  for (const problem of settings.problems) io.stderr.write(`mcp-vitals: ${formatProblem(problem)}\n`);
  const source = fleetSource(settings.values, values.get('job') ?? DEFAULT_JOB);
  const rules = fleetRules(source);
  for (const name of rules.leftOut) {
    io.stderr.write(`mcp-vitals: rule ${JSON.stringify(name)} is left out: name its metric as Prometheus does\n`);
  }
  const out = values.get('out');
  const text = flags.has('test') ? ruleTestText(source, values.get('rules') ?? 'mcp-vitals.yml') : ruleFileText(rules);
  if (out === undefined) io.stdout.write(text);
  else await writeFile(resolve(io.cwd, out), text);
  return EXIT_OK;
}

/** What the rules are made from, by a configuration. */
export function fleetSource(config: VitalsConfig, job: string = DEFAULT_JOB): FleetSource {
  const { expectedPerSecond, concurrency } = config.capacity;
  const surroundings = { profile: config.profile, expectedPerSecond, concurrency };
  const rules = compileRules(config.rules, surroundings).filter(({ name }) => !JUDGED_IN_FLEET.includes(name));
  return { definitions: objectivesOf(config).definitions, rules, job };
}
