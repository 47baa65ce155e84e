import type { Build } from '../support/build.ts';

/** One line of the table: a way to measure the same server, or none. */
export interface Row {
  readonly id: string;
  readonly title: string;
  /** Runs under the product's loader, as `node --import mcp-vitals/register` starts it. */
  readonly underLoader: boolean;
  /** Environment of the process; `SINK` stands for the address of the discarding receiver. */
  readonly env: Readonly<Record<string, string>>;
  /** Another build of the product than the one under test. */
  readonly build?: Build;
}

export const SINK = '{sink}';

/**
 * Under steady load a batch is full long before its time is up. Between two rounds it is not, and what were then sent
 * would be charged to nobody: so batches leave only when they are full, which is while calls are made.
 */
const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: SINK, OTEL_BSP_SCHEDULE_DELAY: '86400000' };

export const BARE = 'bare';
/** A second bare process: what the table shows for it is noise, and nothing but noise. */
export const BARE_AGAIN = 'bare-again';
export const STORAGE = 'storage';
export const EVERYTHING = 'everything-10';
export const HAND_ROLLED = 'hand-rolled-100';

function plain(id: string, title: string, env: Row['env'] = {}): Row {
  return { id, title, underLoader: false, env };
}

function loaded(id: string, title: string, env: Row['env'] = {}): Row {
  return { id, title, underLoader: true, env };
}

/** The ladder from the bottom up. What each row consists of stands in `children/configuration.mjs`. */
export const ROWS: readonly Row[] = [
  plain(BARE, 'bare'),
  plain(BARE_AGAIN, 'bare, a second process (noise)'),
  plain(STORAGE, 'context storage floor (one AsyncLocalStorage, used once)'),
  loaded('patch', 'hook and patches only'),
  loaded('stamps', '+ stamps of protocol, validation, execution'),
  loaded('receipt', '+ stamps of receipt (stdio)'),
  loaded('clocks', '+ serialisation = all stage clocks'),
  loaded('context', '+ context'),
  loaded('span-10', '+ span, 10 % exported'),
  loaded('span-100', '+ span, 100 % exported'),
  loaded('series', '+ span, 10 % exported + bound series'),
  loaded('window', '+ span, 10 % exported + bound series + latency window'),
  loaded(EVERYTHING, 'everything on, 10 % exported (production profile), no component used', ENDPOINT),
  loaded('components-off', 'the same without component time', { ...ENDPOINT, MCP_VITALS_COMPONENTS: 'false' }),
  loaded('component-used', 'the same with a component in use: one tracked call in the tool', ENDPOINT),
  loaded('everything-100', 'everything on, 100 % exported', { ...ENDPOINT, MCP_VITALS_SAMPLE_RATIO: '1' }),
  loaded('no-endpoint', 'everything on, no OTLP endpoint (as installed)'),
  loaded('metrics-only', 'metrics only (spans off)', { ...ENDPOINT, MCP_VITALS_SPANS: 'false' }),
  plain('hand-rolled-10', 'hand-rolled span and histogram, 10 % sampled'),
  plain(HAND_ROLLED, 'hand-rolled span and histogram, 100 % sampled'),
  plain('hand-rolled-100-sent', 'hand-rolled span and histogram, 100 % sent over OTLP', ENDPOINT),
];

/** Everything on, from another build: an earlier state, to see what a change is worth. */
export function otherBuild(build: Build): Row {
  return { ...rowById(EVERYTHING), id: `${EVERYTHING}-other`, title: 'the same from the other build', build };
}

/** @throws RangeError naming the rows there are */
export function rowById(id: string): Row {
  const row = ROWS.find((candidate) => candidate.id === id);
  if (row === undefined) throw new RangeError(`no row "${id}"; rows: ${ROWS.map((each) => each.id).join(' ')}`);
  return row;
}
