import { type Clock, systemClock } from '../../core/clock.ts';
import type { Snapshot } from '../../core/model/snapshot.ts';
import { listDiscovered } from '../../status/discovery.ts';
import { EXIT_OK, EXIT_PROBLEM, type ParsedArguments, UsageError } from '../command.ts';
import type { CliIo, Terminal } from '../io.ts';
import { noServerText } from '../ps/servers-text.ts';
import { readSettings } from '../settings.ts';
import { type TopSort, topScreen } from './screen.ts';

const REFRESH_MS = 1_000;
const TIMEOUT_MS = 3_000;
/** Where nobody watches, everything is printed. */
const UNBOUNDED = { columns: 200, rows: Number.POSITIVE_INFINITY };
const KEYS: Readonly<Record<string, TopSort>> = { t: 'time', r: 'rate', e: 'errors', p: 'p95' };
const HELP = 'q quit   sorted by: t time  r rate  e errors  p P95';

/** `mcp-vitals top [pid|service|url]`: the figures of one server, again and again; once where there is no terminal. */
export async function topCommand(input: ParsedArguments, io: CliIo, clock: Clock = systemClock): Promise<number> {
  const { status } = (await readSettings(io)).values;
  const dir = input.values.get('dir') ?? status.discoveryDir;
  const token = input.values.get('token') ?? status.token;
  const url = await chosenServer(input.positionals[0], dir);
  if (typeof url !== 'string') {
    io.stderr.write(url.problem);
    return EXIT_PROBLEM;
  }
  const terminal = io.openTerminal?.();
  if (terminal !== undefined) return await watch(terminal, url, token, clock);
  const answer = await fetchSnapshot(url, token);
  if (typeof answer === 'string') {
    io.stderr.write(`${url}: ${answer}\n`);
    return EXIT_PROBLEM;
  }
  io.stdout.write(`${topScreen(answer, 'time', UNBOUNDED).join('\n')}\n`);
  return EXIT_OK;
}

async function chosenServer(
  wanted: string | undefined,
  dir: string | undefined,
): Promise<string | { problem: string }> {
  if (wanted !== undefined && /^https?:\/\//i.test(wanted)) {
    if (!URL.canParse(wanted)) throw new UsageError(`${JSON.stringify(wanted)} is no address`);
    return wanted;
  }
  const servers = (await listDiscovered(dir)).filter(
    ({ pid, service }) => wanted === undefined || String(pid) === wanted || service === wanted,
  );
  const [only, ...others] = servers;
  if (only === undefined) return { problem: noServerText(wanted) };
  if (others.length === 0) return only.url;
  const list = servers.map(({ pid, service, url }) => `  ${pid}  ${service}  ${url}`).join('\n');
  return { problem: `several servers are running; name one by its pid:\n${list}\n` };
}

/** The figures, or why there are none. */
async function fetchSnapshot(url: string, token: string | undefined): Promise<Snapshot | string> {
  try {
    const response = await fetch(new URL('/api/snapshot', url), {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      // An answer from elsewhere is none, and the token is not for others.
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (response.status === 401) return 'it asks for a token: --token or MCP_VITALS_TOKEN';
    if (!response.ok) return `it answered with status ${response.status}`;
    const body = (await response.json()) as Partial<Snapshot>;
    return body.schemaVersion === 1 && Array.isArray(body.operations)
      ? (body as Snapshot)
      : 'it answered something else than figures';
  } catch {
    return 'it does not answer';
  }
}

/** Draws once a second until somebody presses q; a server that is away is waited for. */
function watch(terminal: Terminal, url: string, token: string | undefined, clock: Clock): Promise<number> {
  return new Promise((resolve) => {
    let sort: TopSort = 'time';
    let latest: Snapshot | string = 'asking…';
    let asking = false;
    const draw = (): void => {
      const size = { columns: terminal.columns(), rows: terminal.rows() - 1 };
      const lines = typeof latest === 'string' ? [`${url}: ${latest}`] : topScreen(latest, sort, size);
      terminal.draw([...lines, HELP.slice(0, size.columns)]);
    };
    const refresh = async (): Promise<void> => {
      if (asking) return;
      asking = true;
      latest = await fetchSnapshot(url, token);
      asking = false;
      draw();
    };
    const timer = clock.every(REFRESH_MS, () => void refresh());
    terminal.onKey((key) => {
      if (key === 'q' || key === '\u0003' || key === '\u001b') {
        timer.stop();
        terminal.close();
        resolve(EXIT_OK);
      } else if (Object.hasOwn(KEYS, key)) {
        sort = KEYS[key] ?? sort;
        draw();
      }
    });
    draw();
    void refresh();
  });
}
