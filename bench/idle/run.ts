/**
 * What the product costs while nobody calls: `npm run bench:idle`, two to three minutes, Linux. A whole server first, bare and with
 * `--import`, right after a call and a minute later; then the timers behind it, one at a time. Rounds take turns in random order.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as after } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { type Build, freezeBuild } from '../support/build.ts';
import { Child } from '../support/child.ts';
import { describeMachine, machineLine } from '../support/machine.ts';
import { readPairedOptions } from '../support/options.ts';
import { PipeTransport } from '../support/pipe-transport.ts';
import { endProgress, showProgress } from '../support/progress.ts';
import { seededRandom, shuffled, spreadOf } from '../support/statistics.ts';
import { table } from '../support/table.ts';

const SERVER = fileURLToPath(new URL('../memory/server.mjs', import.meta.url));
const ELEMENT = fileURLToPath(new URL('element.ts', import.meta.url));
const ELEMENTS = ['nothing', 'event-loop delay', 'loop watch, without the scheduler’s account', 'loop watch'];
const SECONDS = 10;
/** What is loaded after the first answer has come to rest. */
const SETTLE_MS = 3_000;
/** Then nothing watches the loop any more. */
const UNCALLED_MS = 62_000;

interface Cost {
  /** Of one core. */
  readonly percent: number;
  /** Times a second a thread of the process waited and was woken. */
  readonly wakes: number;
}

/** CPU time in seconds of all threads, and their voluntary context switches, from outside. */
function accountOf(pid: number): { seconds: number; switches: number } {
  let [seconds, switches] = [0, 0];
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const folder = `/proc/${pid}/task/${thread}`;
    seconds += Number(readFileSync(`${folder}/schedstat`, 'utf8').split(' ')[0]) / 1e9;
    switches += Number(/^voluntary_ctxt_switches:\s*(\d+)/m.exec(readFileSync(`${folder}/status`, 'utf8'))?.[1] ?? 0);
  }
  return { seconds, switches };
}

async function costOf(pid: number): Promise<Cost> {
  const [before, begin] = [accountOf(pid), performance.now()];
  await after(SECONDS * 1000);
  const [now, elapsed] = [accountOf(pid), (performance.now() - begin) / 1000];
  return {
    percent: (100 * (now.seconds - before.seconds)) / elapsed,
    wakes: (now.switches - before.switches) / elapsed,
  };
}

/** A server after one call, and after a minute without any. */
async function serverCosts(build: Build | undefined): Promise<{ called: Cost; idle: Cost }> {
  const flags = build?.importFlags ?? [];
  const args = ['--expose-gc', ...flags, SERVER, ...(build === undefined ? [] : [build.folder])];
  const child = Child.spawn({ node: process.execPath, args, env: { MCP_VITALS_PORT: '0' }, piped: true });
  try {
    await child.first();
    const client = new Client({ name: 'idle', version: '1.0.0' });
    await client.connect(new PipeTransport(child));
    await child.ask('started');
    await client.callTool({ name: 'tool-1', arguments: { text: 'hello' } });
    await after(SETTLE_MS);
    const called = await costOf(child.pid);
    await after(UNCALLED_MS - SECONDS * 1000);
    return { called, idle: await costOf(child.pid) };
  } finally {
    await child.kill();
  }
}

function elementCost(element: string): Cost {
  return JSON.parse(
    execFileSync(process.execPath, ['--import', 'tsx', ELEMENT, element, String(SECONDS)], { encoding: 'utf8' }),
  ) as Cost;
}

const options = readPairedOptions(process.argv.slice(2), { rounds: 3 });
const build = freezeBuild(options.build);
const random = seededRandom(options.seed);
const found = new Map<string, Cost[]>();
const file = (name: string, cost: Cost): void => void found.set(name, [...(found.get(name) ?? []), cost]);
try {
  console.log(machineLine(describeMachine()));
  showProgress('servers');
  const [bare, ours] = await Promise.all([serverCosts(undefined), serverCosts(build)]);
  file('bare server', bare.idle);
  file('with --import, called lately', ours.called);
  file('with --import, uncalled for a minute', ours.idle);
  for (let round = 1; round <= options.rounds; round += 1) {
    showProgress(`timers: round ${round} of ${options.rounds}`);
    for (const element of shuffled(ELEMENTS, random)) file(`only ${element}`, elementCost(element));
  }
  endProgress();
  const rows = [...found].map(([name, costs]) => [
    name,
    spreadOf(costs.map(({ percent }) => percent)).median.toFixed(2),
    spreadOf(costs.map(({ wakes }) => wakes)).median.toFixed(0),
  ]);
  console.log(table([['nobody calls', '% of a core', 'woken a second'], ...rows]).join('\n'));
} finally {
  build.remove();
}
