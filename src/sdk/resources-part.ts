import { BatchRegistry } from '../components/batches/batch-registry.ts';
import { followCacheChannels } from '../components/caches/cache-channels.ts';
import { CacheRegistry } from '../components/caches/cache-registry.ts';
import { DatabaseRegistry } from '../components/databases/database-registry.ts';
import { PoolRegistry } from '../components/pools/pool-registry.ts';
import type { Asker, ResourceContext } from '../components/resource-context.ts';
import type { CallReporter } from '../components/time/call-reporter.ts';
import type { VitalsConfig } from '../config/index.ts';
import type { Clock } from '../core/clock.ts';
import type { Diag } from '../core/diag.ts';
import type { PoolSnapshot } from '../core/model/component.ts';
import { takeWatches, type WatchRequest } from '../core/watch-requests.ts';
import type { Part } from './part.ts';
import { resourceSeries } from './resource-series.ts';

export interface ResourcesPartOptions {
  readonly config: VitalsConfig;
  readonly clock: Clock;
  readonly diag: Diag;
  /** The operation of the active context. */
  readonly asker: () => Asker | undefined;
  /** Where queries are reported as time of their component; left out while component time is off. */
  readonly calls?: CallReporter | undefined;
}

/** Watched at most, as a multiple of the names that have figures of their own. */
const WATCHED_PER_NAME = 10;

/**
 * Figures of caches, connection pools, databases and batchers: those watched from code, and those found by themselves.
 * Nothing watched, nothing happens.
 */
export function createResourcesPart({ config, clock, diag, asker, calls }: ResourcesPartOptions): Part {
  const context: ResourceContext = { now: () => clock.now(), asker, diag, calls };
  const limit = config.limits.resources;
  const { thresholdMs, limit: slowLimit } = config.slowQueries;
  const slow = { thresholdMs, limit: slowLimit, statements: config.capture.statements };
  const caches = new CacheRegistry(context, limit);
  const databases = new DatabaseRegistry(context, limit, slow);
  const pools = new PoolRegistry(context, limit, databases);
  const batches = new BatchRegistry(context, limit);
  const registries = { cache: caches, pool: pools, database: databases, batcher: batches };
  const { detect } = config.resources;
  const undos = new Set<() => void>();
  const take = (request: WatchRequest): void => {
    if (request.name === undefined && !detect) return;
    if (undos.size >= limit * WATCHED_PER_NAME) {
      diag.warn('watch', `more than ${undos.size} caches, pools, databases and batchers: the rest is not watched`);
      return;
    }
    try {
      const undo = registries[request.kind].watch(request.name, request.target);
      if (undo === undefined) return;
      undos.add(undo);
      request.undo = () => {
        undos.delete(undo);
        undo();
      };
    } catch (error) {
      diag.warn('watch', `a ${request.kind} is not watched: ${String(error)}`);
    }
  };
  let ends: (() => void)[] = [];
  return {
    series: () =>
      resourceSeries({
        caches: caches.tallies.all(),
        pools: pools.tallies.all(),
        databases: databases.tallies.all(),
        batches: batches.tallies.all(),
      }),
    gauges() {
      const used = pools.tallies.all().map((pool) => pool.snapshot());
      const hits = caches.tallies.all().map((cache) => cache.snapshot());
      const lookups = hits.reduce((sum, cache) => sum + cache.recentLookups, 0);
      return {
        ...(used.length === 0 ? {} : { poolUsed: total(used, 'used'), poolPending: total(used, 'pending') }),
        ...(lookups === 0
          ? {}
          : {
              cacheHitRatio:
                hits.reduce((sum, cache) => sum + (cache.hitRatio ?? 0) * cache.recentLookups, 0) / lookups,
            }),
      };
    },
    snapshot: () => ({
      caches: caches.tallies.all().map((cache) => cache.snapshot()),
      pools: pools.tallies.all().map((pool) => pool.snapshot()),
      databases: databases.tallies.all().map((database) => database.snapshot()),
      batches: batches.tallies.all().map((batcher) => batcher.snapshot()),
    }),
    start() {
      ends = [takeWatches(take, databases)];
      if (detect) ends.push(followCacheChannels(caches, context), databases.followMysql());
    },
    stop() {
      for (const end of ends) end();
      ends = [];
      for (const undo of undos) undo();
      undos.clear();
    },
  };
}

function total(pools: readonly PoolSnapshot[], figure: 'used' | 'pending'): number {
  return pools.reduce((sum, pool) => sum + pool[figure], 0);
}
