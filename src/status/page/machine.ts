import type { MachineDocument, MachineServer } from '../machine/machine-document.ts';
import { begin, byId, el, KeyedList, setAttribute, setText } from './dom.ts';
import { percent, rate, seconds, stretch } from './figures.ts';
import { installTheme } from './theme.ts';
import { type Level, type Tile, Tiles } from './tiles.ts';

const REFRESH_MS = 1_000;
const TIMEOUT_MS = 5_000;

interface ServerView {
  readonly root: HTMLElement;
  readonly link: HTMLAnchorElement;
  readonly about: HTMLElement;
  readonly tiles: Tiles;
  readonly problem: HTMLElement;
}

begin('of-machine');
document.title = 'Servers of this machine – mcp-vitals';
setText(byId('service'), 'Servers of this machine');
// The skip link changes the fragment the key came in; it stays the key of this page. A page opened by the command has a cookie instead.
const key = new URLSearchParams(location.hash.slice(1)).get('key') ?? '';
const headers: Record<string, string> = key === '' ? {} : { Authorization: `Bearer ${key}` };
const servers = new KeyedList<MachineServer, ServerView>(byId('servers'), createServer, updateServer);

installTheme(byId<HTMLButtonElement>('theme'), () => {});
document.querySelector('.skip')?.addEventListener('click', (event) => {
  event.preventDefault();
  byId('main').focus();
});
addEventListener('hashchange', () => location.reload());
void refresh();

/** Asks, shows, and comes again a second later; a page nobody sees asks nobody. */
async function refresh(): Promise<void> {
  if (!document.hidden) await show();
  setTimeout(() => void refresh(), REFRESH_MS);
}

async function show(): Promise<void> {
  try {
    const response = await fetch('api/servers', {
      headers,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (response.status === 401) return connection('signed-out', 'open the address that the command printed');
    if (!response.ok) return connection('lost', 'no figures at the moment, trying again…');
    const document = (await response.json()) as MachineDocument;
    servers.show(document.servers, ({ url, pid }) => `${pid} ${url}`);
    byId('empty').hidden = document.servers.length > 0;
    setText(byId('about'), summaryOf(document.servers));
    connection('live', 'live');
  } catch {
    connection('lost', 'connection lost: is "mcp-vitals open" still running?');
  }
}

function connection(state: 'live' | 'lost' | 'signed-out', words: string): void {
  setText(byId('connection'), words);
  setAttribute(byId('connection'), 'data-state', state);
}

function summaryOf(all: readonly MachineServer[]): string {
  const total = all.reduce((sum, { ratePerSecond }) => sum + (ratePerSecond ?? 0), 0);
  const firing = all.reduce((sum, { alerts }) => sum + (alerts?.firing ?? 0), 0);
  const servers = all.length === 1 ? '1 server' : `${all.length} servers`;
  return `${servers} · ${rate(total)} requests/s · ${firing === 0 ? 'no alert' : `${firing} alerts`}`;
}

function createServer(): ServerView {
  const link = el('a', { attributes: { target: '_blank', rel: 'noopener noreferrer' } });
  const about = el('span', { class: 'muted' });
  const problem = el('p', { class: 'empty' });
  const tiles = new Tiles();
  const head = el('div', { class: 'card-head' }, el('h2', {}, link), about);
  return { root: el('li', { class: 'card' }, head, tiles.root, problem), link, about, tiles, problem };
}

function updateServer({ root, link, about, tiles, problem }: ServerView, server: MachineServer): void {
  setText(link, server.service);
  setAttribute(link, 'href', server.url);
  const facts = [server.version, `pid ${server.pid}`, `up ${stretch(server.uptimeSeconds)}`, server.url];
  setText(about, facts.filter((fact) => fact !== undefined).join(' · '));
  setAttribute(root, 'data-state', server.state);
  const answers = server.state === 'answering';
  tiles.root.hidden = !answers;
  problem.hidden = answers;
  setText(problem, answers ? '' : `No figures: ${server.reason ?? server.state}`);
  tiles.show(answers ? tilesOf(server) : []);
}

function tilesOf({ health, alerts, ratePerSecond, active, errorRatio, p95Seconds, breached }: MachineServer): Tile[] {
  return [
    ...(health === undefined ? [] : [healthTile(health)]),
    ...(alerts === undefined ? [] : [alertsTile(alerts)]),
    { name: 'Requests/s', value: rate(ratePerSecond), note: `${active ?? 0} in flight`, level: 'none' },
    {
      name: 'Errors',
      value: percent(errorRatio),
      note: 'of the last minute',
      level: levelAt(errorRatio, 0.01, 0.05),
    },
    {
      name: 'P95',
      value: seconds(p95Seconds),
      note: breached > 0 ? `${breached} over objective` : 'of the last minute',
      level: breached > 0 ? 'bad' : 'none',
    },
  ];
}

function healthTile({ score, status }: NonNullable<MachineServer['health']>): Tile {
  const level: Level = score >= 75 ? 'ok' : score >= 50 ? 'warn' : 'bad';
  return { name: 'Health', value: String(Math.round(score)), note: status, level, worded: true };
}

function alertsTile({ firing, worst }: NonNullable<MachineServer['alerts']>): Tile {
  const level: Level = worst === 'critical' || worst === 'emergency' ? 'bad' : worst === 'warning' ? 'warn' : 'ok';
  return { name: 'Alerts', value: String(firing), note: worst === '' ? 'none firing' : worst, level, worded: true };
}

function levelAt(value: number | undefined, warn: number, bad: number): Level {
  if (value === undefined || value === null) return 'none';
  return value > bad ? 'bad' : value > warn ? 'warn' : 'ok';
}
