/** Global under which things to watch wait until the product runs; one queue for every copy of this package in the process. */
const WATCH_SYMBOL_KEY = 'mcp-vitals.watch';
/** Requests kept while nothing takes them; more are not watched. */
const MAX_WAITING = 256;

/** Something in the application whose figures are wanted. */
export interface WatchRequest {
  readonly kind: 'cache' | 'pool' | 'database' | 'batcher';
  /** Given in code; what was found by itself gets its name from its configuration. */
  readonly name: string | undefined;
  readonly target: object;
  /** Made known by its own constructor, which has not ended yet. */
  readonly constructing?: boolean;
  /** Set by whoever takes the request: puts everything back as it was. */
  undo?: (() => void) | undefined;
  /** Taken back before anybody took it. */
  cancelled?: boolean;
}

/** What the slot holds: requests that wait, or what takes them at once. */
interface WatchQueue {
  readonly length: number;
  push(request: WatchRequest): unknown;
  /** Only while the product runs. */
  readonly databases?: DatabaseQuestions | undefined;
}

/** What can be asked of a database that is watched, by its name. Asks the database itself, so only on request. */
export interface DatabaseQuestions {
  /** The plan of a statement that reads. */
  explain(database: string, statement: string): Promise<unknown>;
  /** How often prepared statements reused their plan. */
  planCache(database: string): Promise<PlanCacheFigures>;
}

/** Plans of prepared statements on one connection of Postgres (14 and later). */
export interface PlanCacheFigures {
  readonly statements: number;
  /** Executions with the plan that was kept, and with one made for the values. */
  readonly genericPlans: number;
  readonly customPlans: number;
}

function slots(): { [key: symbol]: WatchQueue | undefined } {
  return globalThis as unknown as { [key: symbol]: WatchQueue | undefined };
}

const SLOT = Symbol.for(WATCH_SYMBOL_KEY);

/**
 * Asks for something to be watched: at once where the product runs, as soon as it does otherwise, never where it does not.
 *
 * @returns a function that takes the request back and undoes what it caused; calling it again does nothing
 */
export function requestWatch(request: WatchRequest): () => void {
  const all = slots();
  all[SLOT] ??= [];
  const queue = all[SLOT];
  if (queue.length < MAX_WAITING) queue.push(request);
  return () => {
    request.cancelled = true;
    request.undo?.();
    request.undo = undefined;
  };
}

/**
 * Takes every request that waits and every later one.
 *
 * @param take must not throw
 * @param databases answers questions as long as it lasts
 * @returns a function that ends it: later requests wait again
 */
export function takeWatches(take: (request: WatchRequest) => void, databases?: DatabaseQuestions): () => void {
  const all = slots();
  const waiting = all[SLOT];
  const live: WatchQueue = {
    length: 0,
    databases,
    push(request) {
      if (request.constructing === true) queueMicrotask(() => take(request));
      else if (request.cancelled !== true) take(request);
    },
  };
  all[SLOT] = live;
  if (Array.isArray(waiting)) for (const request of waiting as WatchRequest[]) live.push(request);
  return () => {
    if (all[SLOT] === live) all[SLOT] = [];
  };
}

/** Asks the running product about databases; `undefined` while it does not run. */
export function databaseQuestions(): DatabaseQuestions | undefined {
  return slots()[SLOT]?.databases;
}

/** A statement that makes `this` known, for source that is not ours; without any quote, and nothing where globals are sealed. */
export function watchStatement(kind: WatchRequest['kind']): string {
  const slot = `globalThis[Symbol.for(/${WATCH_SYMBOL_KEY}/.source)]`;
  return `((q,t)=>{q.length<${MAX_WAITING}&&q.push({kind:/${kind}/.source,target:t,constructing:true})})(${slot}??=[],this)`;
}
