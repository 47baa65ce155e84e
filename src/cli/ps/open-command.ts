import { serveMachinePage } from '../../status/machine/machine-server.ts';
import { EXIT_OK, EXIT_PROBLEM, type ParsedArguments } from '../command.ts';
import type { CliIo } from '../io.ts';
import { openInBrowser } from './browser.ts';
import { machineDocument } from './machine-page.ts';
import { placeOf } from './ps-command.ts';
import { type HealthOptions, readServers, type ServerHealth } from './server-health.ts';
import { formatServers, noServerText } from './servers-text.ts';
import { signedInUrl } from './signed-in-url.ts';

/** `mcp-vitals open [pid|service]`: opens the page of one server, or one of all of them, and prints its address. */
export async function openCommand(input: ParsedArguments, io: CliIo): Promise<number> {
  const [wanted] = input.positionals;
  const place = await placeOf(input, io);
  const servers = await readServers(place);
  const matching = wanted === undefined ? servers : servers.filter((health) => isNamed(health, wanted));
  const [only, ...others] = matching;
  if (only === undefined) {
    io.stderr.write(noServerText(wanted));
    return EXIT_PROBLEM;
  }
  if (others.length > 0 && wanted === undefined && io.untilEnded !== undefined) {
    return await showMachine(place, io, io.untilEnded);
  }
  if (others.length > 0) {
    io.stdout.write(formatServers(matching));
    io.stderr.write('several servers are running; name one by its pid: mcp-vitals open <pid>\n');
    return EXIT_PROBLEM;
  }
  const { url } = only.server;
  io.stdout.write(`${url}\n`);
  await openInBrowser(await signedInUrl(url, place.token), { env: io.env, cwd: io.cwd });
  return EXIT_OK;
}

/** One page for all servers, until the command is ended. */
async function showMachine(place: HealthOptions, io: CliIo, untilEnded: () => Promise<void>): Promise<number> {
  const page = await serveMachinePage(async () => machineDocument(await readServers({ ...place, isBrief: true })));
  const ended = untilEnded();
  io.stdout.write(`${page.url}\n`);
  io.stderr.write('showing all servers of this machine until you press Ctrl+C; "mcp-vitals open <pid>" shows one\n');
  await openInBrowser(page.oneTimeUrl(), { env: io.env, cwd: io.cwd });
  await ended;
  await page.close();
  return EXIT_OK;
}

function isNamed({ server }: ServerHealth, wanted: string): boolean {
  return String(server.pid) === wanted || server.service === wanted;
}
