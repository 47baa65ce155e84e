import { EXIT_OK, type ParsedArguments } from '../command.ts';
import type { CliIo } from '../io.ts';
import { readSettings } from '../settings.ts';
import { type HealthOptions, readServers, type ServerHealth } from './server-health.ts';
import { formatServers, noServerText } from './servers-text.ts';

/** Where to look and what to show there: options of the command line, else the configuration. */
export async function placeOf({ values }: ParsedArguments, io: CliIo): Promise<HealthOptions> {
  const { status } = (await readSettings(io)).values;
  return { dir: values.get('dir') ?? status.discoveryDir, token: values.get('token') ?? status.token };
}

/** `mcp-vitals ps`: the monitored servers of this machine, health in one line each. */
export async function psCommand(input: ParsedArguments, io: CliIo): Promise<number> {
  const servers = await readServers(await placeOf(input, io));
  if (input.flags.has('json')) io.stdout.write(`${JSON.stringify(servers.map(toJson), null, 2)}\n`);
  else if (servers.length > 0) io.stdout.write(formatServers(servers));
  else io.stderr.write(noServerText(undefined));
  return EXIT_OK;
}

function toJson({ server, state, reason, uptimeSeconds, operations, errorRatio, slowest }: ServerHealth): object {
  const { service, version, pid, url, startedAt } = server;
  const figures = { uptimeSeconds, operations, errorRatio, slowest };
  const all = { service, version, pid, url, startedAt, state, reason, ...figures };
  return Object.fromEntries(Object.entries(all).map(([name, value]) => [name, value ?? null]));
}
