import { rm } from 'node:fs/promises';
import { systemClock } from '../../core/clock.ts';
import type { OperationSnapshot, Snapshot } from '../../core/model/snapshot.ts';
import { type DiscoveredServer, listDiscovered } from '../../status/discovery.ts';

/** A monitored server and what it says about itself. */
export interface ServerHealth {
  readonly server: DiscoveredServer;
  /** `protected`: it asks for another token. `silent`: it gave no usable answer in time, see `reason`. */
  readonly state: 'answering' | 'protected' | 'silent';
  readonly reason: string | undefined;
  readonly uptimeSeconds: number;
  readonly operations: number | undefined;
  /** Failed among all finished operations, 0 to 1; `undefined` before the first. */
  readonly errorRatio: number | undefined;
  /** Everything it said, when it did. */
  readonly snapshot?: Snapshot;
  /** The operation with the highest P95 of the sliding window. */
  readonly slowest: { readonly name: string; readonly p95Seconds: number } | undefined;
}

/** How to ask servers. */
export interface HealthOptions {
  /** Discovery folder. Default: the one of this user. */
  readonly dir?: string | undefined;
  readonly token?: string | undefined;
  /** @default 1,500 ms */
  readonly timeoutMs?: number;
  /** Leaves out what is per operation, which the server would have to work out each time. */
  readonly isBrief?: boolean;
}

/**
 * Asks every monitored server of the discovery folder for its figures, all at once, in the order of their start.
 *
 * Besides the files of processes that are gone, those are removed whose process id belongs to another process by now: nothing listens at
 * their address, or another server does. Never rejects.
 */
export async function readServers(options: HealthOptions): Promise<ServerHealth[]> {
  const servers = await listDiscovered(options.dir);
  const healths = await Promise.all(servers.map((server) => readHealth(server, options)));
  return healths.filter((health) => health !== undefined).sort((a, b) => compare(a.server, b.server));
}

type Answer = { readonly snapshot: Snapshot } | { readonly state: 'protected' | 'silent' | 'gone'; reason?: string };

async function readHealth(server: DiscoveredServer, options: HealthOptions): Promise<ServerHealth | undefined> {
  const answer = await ask(server, options);
  if ('snapshot' in answer) return describe(server, answer.snapshot);
  if (answer.state !== 'gone') {
    const uptimeSeconds = uptimeOf(server);
    const unknown = { operations: undefined, errorRatio: undefined, slowest: undefined };
    return { server, state: answer.state, reason: answer.reason, uptimeSeconds, ...unknown };
  }
  await rm(server.file, { force: true }).catch(() => {});
  return undefined;
}

async function ask(
  server: DiscoveredServer,
  { token, timeoutMs = 1_500, isBrief = false }: HealthOptions,
): Promise<Answer> {
  try {
    const response = await fetch(new URL(isBrief ? '/api/summary?brief' : '/api/summary', server.url), {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      // An answer from elsewhere is none, and the token is not for others.
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (response.status === 401) return { state: 'protected', reason: 'a token is needed' };
    if (!response.ok) return { state: 'silent', reason: `it answered with status ${response.status}` };
    const body: unknown = await response.json();
    if (!isSnapshot(body)) return { state: 'silent', reason: 'it answered something else than figures' };
    if (server.instanceId !== '' && body.service.instanceId !== server.instanceId) return { state: 'gone' };
    return { snapshot: body };
  } catch (error) {
    if (causeCode(error) === 'ECONNREFUSED') return { state: 'gone' };
    const late = error instanceof Error && error.name === 'TimeoutError';
    return { state: 'silent', reason: late ? `no answer within ${timeoutMs} ms` : String(causeCode(error) ?? error) };
  }
}

function describe(server: DiscoveredServer, snapshot: Snapshot): ServerHealth {
  const finished = snapshot.operations.reduce((sum, { count }) => sum + count, 0);
  const errors = snapshot.operations.reduce((sum, operation) => sum + operation.errors, 0);
  const slowest = snapshot.operations
    .flatMap((operation) => p95Of(operation) ?? [])
    .reduce<ServerHealth['slowest']>((a, b) => (a === undefined || b.p95Seconds > a.p95Seconds ? b : a), undefined);
  return {
    server,
    state: 'answering',
    reason: undefined,
    uptimeSeconds: snapshot.process?.uptimeSeconds ?? uptimeOf(server),
    operations: finished,
    errorRatio: finished === 0 ? undefined : errors / finished,
    slowest,
    snapshot,
  };
}

function p95Of({ name, latency }: OperationSnapshot): { name: string; p95Seconds: number } | undefined {
  const p95Seconds = latency.quantiles.find(({ quantile }) => quantile === 0.95)?.seconds;
  return p95Seconds === undefined || p95Seconds === null ? undefined : { name, p95Seconds };
}

function uptimeOf({ startedAt }: DiscoveredServer): number {
  const ageMs = systemClock.timeOrigin + systemClock.now() - Date.parse(startedAt);
  return Number.isFinite(ageMs) ? Math.max(0, ageMs / 1000) : 0;
}

function isSnapshot(value: unknown): value is Snapshot {
  if (typeof value !== 'object' || value === null) return false;
  const { schemaVersion, operations, service } = value as Partial<Snapshot>;
  return schemaVersion === 1 && Array.isArray(operations) && typeof service === 'object';
}

function compare(a: DiscoveredServer, b: DiscoveredServer): number {
  return a.startedAt.localeCompare(b.startedAt) || a.service.localeCompare(b.service) || a.pid - b.pid;
}

/** `fetch` hides the error of the system in a cause, or in several where a name has several addresses. */
function causeCode(error: unknown): string | undefined {
  const cause = (error as { cause?: { code?: unknown; errors?: { code?: unknown }[] } }).cause;
  const code = cause?.code ?? cause?.errors?.[0]?.code;
  return typeof code === 'string' ? code : undefined;
}
