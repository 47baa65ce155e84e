// @ts-check
/**
 * The main job, end to end: starts the knowledge base, unmodified, under `node --import mcp-vitals/register`, calls it at a
 * steady rate, makes it slow for a while and prints what was measured. `npm run demo -- --help` lists the options.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CULPRIT_PHASE_SETTINGS, runCulpritPhase } from './demo/culprit-phase.js';
import { formatCulprit } from './demo/culprit-report.js';
import { compareCounts, computeFigures } from './demo/figures.js';
import { MAX_IN_FLIGHT, runLoad } from './demo/load.js';
import { createMessageCounter } from './demo/message-counter.js';
import { startMonitoredServer } from './demo/monitored-server.js';
import { parseOptions, USAGE } from './demo/options.js';
import { createProgressBar } from './demo/progress-bar.js';
import { formatReport } from './demo/report.js';
import { runSlowPhase, SLOW_PHASE_SETTINGS } from './demo/slow-phase.js';
import { discoverEndpoint, readSnapshot, watchSnapshots } from './demo/status-endpoint.js';
import { formatTimeline } from './demo/timeline-report.js';

const SEED = 20_260_728;
const WATCH_INTERVAL_MS = 1_000;
/** More than the window of the percentiles, 10 s. */
const CULPRIT_SECONDS = 15;
/** The last answers leave the server a moment before it has filed their figures. */
const SETTLE_TIMEOUT_MS = 2_000;
const SETTLE_POLL_MS = 50;

/**
 * @typedef {object} Running what a phase works with
 * @property {import('./demo/options.js').DemoOptions} options
 * @property {import('./demo/monitored-server.js').MonitoredServer} server
 * @property {import('./demo/message-counter.js').MessageCounter} counter
 * @property {string} url of the status endpoint
 * @property {{ databaseUrl: string | undefined, databasePath: string }} database
 */

/**
 * A phase of the demo.
 *
 * @template {{ passed: boolean }} Result
 * @typedef {object} Phase
 * @property {string} [key] its place in the JSON document, which it is itself without
 * @property {(options: import('./demo/options.js').DemoOptions) => boolean} wanted
 * @property {Record<string, string>} settings of mcp-vitals it needs; those in the environment win
 * @property {(running: Running) => Promise<Result>} run
 * @property {(result: Result) => string} format
 */

/**
 * @template {{ passed: boolean }} Result
 * @param {Phase<Result>} phase
 * @returns {Phase<any>} one of a list of different ones
 */
function phase(phase) {
  return phase;
}

/** One after the other, on the same server. */
const PHASES = [
  phase({ wanted: () => true, settings: {}, run: measure, format: formatReport }),
  phase({
    key: 'slowPhase',
    wanted: ({ lock, culprit }) => lock && culprit === undefined,
    settings: SLOW_PHASE_SETTINGS,
    run: ({ options, server, url, database }) =>
      runSlowPhase({
        clients: server.clients,
        url,
        ratePerSecond: options.ratePerSecond,
        database,
        say: (line) => process.stderr.write(`slow     ${line}\n`),
      }),
    format: formatTimeline,
  }),
  phase({
    key: 'culprit',
    wanted: ({ culprit }) => culprit !== undefined,
    settings: CULPRIT_PHASE_SETTINGS,
    run: ({ options: { culprit }, server: { clients }, url }) => {
      const [client] = clients;
      if (client === undefined || culprit === undefined) throw new Error('unreachable: it is wanted');
      process.stderr.write(`trouble  ${culprit}, for ${CULPRIT_SECONDS} s\n`);
      return runCulpritPhase(client, url, culprit, CULPRIT_SECONDS);
    },
    format: formatCulprit,
  }),
];

/**
 * @param {import('./demo/options.js').DemoOptions} options
 * @param {NodeJS.ProcessEnv} env
 */
async function startServer(options, env) {
  const indexing = createProgressBar(process.stderr, 'indexing');
  const counter = createMessageCounter();
  const server = await startMonitoredServer(options.transport, env, counter, (line) => {
    const progress = /^indexing (\d+) % (.*)$/.exec(line);
    if (progress !== null) indexing.update(Number(progress[1]) / 100, progress[2]);
    else process.stderr.write(`${process.stderr.isTTY ? '\r\x1b[K' : ''}server: ${line}\n`);
  });
  indexing.done();
  return { server, counter };
}

/** @param {Running} running */
async function measure({ options, server, counter, url }) {
  const [client] = server.clients;
  if (client === undefined) throw new Error('unreachable: a started server has a client');
  const { tools } = await client.listTools();
  const { prompts } = await client.listPrompts();
  const names = new Set([...tools, ...prompts].map(({ name }) => name));

  const watch = watchSnapshots(url, WATCH_INTERVAL_MS);
  const bar = createProgressBar(process.stderr, 'calling ');
  const { calls, load } = await runLoad(server.clients, {
    seed: SEED,
    seconds: options.durationSeconds,
    ratePerSecond: options.ratePerSecond,
    onProgress: (done, count) => bar.update(done / count, `${done} of ${count} calls`),
  });
  bar.done();
  const during = await watch.stop();

  const { contents } = await client.readResource({ uri: 'kb://statistics' });
  const statistics = contents[0] !== undefined && 'text' in contents[0] ? contents[0].text : '{}';
  const sent = counter.counts(names);
  return computeFigures({
    options,
    calls,
    load,
    maxInFlight: MAX_IN_FLIGHT,
    clients: server.clients.length,
    sent,
    snapshot: await settledSnapshot(url, sent),
    during,
    knowledgeBase: JSON.parse(statistics),
    setting: { command: server.command, url, cores: availableParallelism(), node: process.versions.node },
  });
}

/**
 * @param {string} url
 * @param {Map<string, number>} sent
 */
async function settledSnapshot(url, sent) {
  const deadlineMs = Date.now() + SETTLE_TIMEOUT_MS;
  for (;;) {
    const snapshot = await readSnapshot(url);
    if (compareCounts(sent, snapshot).equal || Date.now() > deadlineMs) return snapshot;
    await delay(SETTLE_POLL_MS);
  }
}

/** @returns {Promise<void>} resolves on Ctrl-C */
function interrupted() {
  return new Promise((resolve) => {
    // Waiting for a signal does not keep a process alive; the timer does.
    const timer = setInterval(() => {}, 60_000);
    process.once('SIGINT', () => {
      clearInterval(timer);
      resolve();
    });
  });
}

/**
 * @param {Running} running
 * @returns {Promise<boolean>} whether every phase passed
 */
async function runPhases(running) {
  const { options } = running;
  const document = {};
  let passed = true;
  for (const { key, wanted, run, format } of PHASES) {
    if (!wanted(options)) continue;
    const result = await run(running);
    passed &&= result.passed;
    Object.assign(document, key === undefined ? result : { [key]: result });
    if (!options.json) process.stdout.write(`\n${format(result)}\n`);
  }
  if (options.json) process.stdout.write(`${JSON.stringify({ ...document, passed }, undefined, 2)}\n`);
  return passed;
}

/** @param {import('./demo/options.js').DemoOptions} options */
async function run(options) {
  const folder = await mkdtemp(join(tmpdir(), 'mcp-vitals-demo-'));
  const discoveryFolder = join(folder, 'discovery');
  await mkdir(discoveryFolder);
  const databaseUrl = process.env['DATABASE_URL'] || undefined;
  // In a file, so that another process can lock it.
  const databasePath = process.env['KB_DATABASE'] || join(folder, 'knowledge-base.db');
  const env = {
    OTEL_SERVICE_NAME: 'knowledge-base',
    ...Object.assign({}, ...PHASES.filter(({ wanted }) => wanted(options)).map(({ settings }) => settings)),
    ...process.env,
    MCP_VITALS_DISCOVERY_DIR: discoveryFolder,
    KB_DATABASE: databasePath,
  };
  try {
    const { server, counter } = await startServer(options, env);
    try {
      const url = await discoverEndpoint(discoveryFolder, server.pid);
      process.stderr.write(`running  ${server.command}\nwatching ${url}\n`);
      const database = { databaseUrl, databasePath };
      process.exitCode = (await runPhases({ options, server, counter, url, database })) ? 0 : 1;
      if (process.stdout.isTTY && !options.exit && !options.json) {
        process.stdout.write('\nThe server stays up to look around; Ctrl-C stops it.\n');
        await interrupted();
      }
    } finally {
      await server.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

try {
  const options = parseOptions(process.argv.slice(2));
  if ('help' in options) process.stdout.write(`${USAGE}\n`);
  else await run(options);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 2;
}
