import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { compileRules } from '../../alerts/compile-rules.ts';
import type { VitalsConfig } from '../../config/index.ts';
import { ruleTestText } from '../../rules/prometheus/promtool-cases.ts';
import { type FleetSource, fleetRules, ruleFileText } from '../../rules/prometheus/rule-file.ts';
import { objectivesOf } from '../../sdk/objective-part.ts';
import { EXIT_OK, type ParsedArguments, UsageError } from '../command.ts';
import type { CliIo } from '../io.ts';
import { readNamedSettings } from '../settings.ts';

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
  const job = values.get('job') ?? DEFAULT_JOB;
  if (!isPattern(job)) throw new UsageError(`--job is no regular expression: ${job}`);
  const settings = await readNamedSettings(io, values.get('config'));
  const source = fleetSource(settings.values, job);
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

/** A Prometheus that finds one it cannot read in a rule file reads none of its files. */
function isPattern(text: string): boolean {
  try {
    // Flags in front of the expression are Prometheus's way to write them.
    new RegExp(text.replace(/^\(\?[a-zA-Z]+\)/, ''));
    return true;
  } catch {
    return false;
  }
}

/** What the rules are made from, by a configuration. */
export function fleetSource(config: VitalsConfig, job: string = DEFAULT_JOB): FleetSource {
  const { expectedPerSecond, concurrency } = config.capacity;
  const surroundings = { profile: config.profile, expectedPerSecond, concurrency };
  const rules = compileRules(config.rules, surroundings).filter(({ name }) => !JUDGED_IN_FLEET.includes(name));
  return { definitions: objectivesOf(config).definitions, rules, job };
}
