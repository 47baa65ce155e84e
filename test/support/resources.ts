import { BatchRegistry } from '../../src/components/batches/batch-registry.ts';
import { followCacheChannels } from '../../src/components/caches/cache-channels.ts';
import { CacheRegistry } from '../../src/components/caches/cache-registry.ts';
import { DatabaseRegistry } from '../../src/components/databases/database-registry.ts';
import { PoolRegistry } from '../../src/components/pools/pool-registry.ts';
import type { Asker, ResourceContext } from '../../src/components/resource-context.ts';
import { createDiag } from '../../src/core/diag.ts';

/** What watches resources, with an asker and a clock that tests set, and the diagnostics it wrote. */
export interface Watched {
  readonly caches: CacheRegistry;
  readonly pools: PoolRegistry;
  readonly databases: DatabaseRegistry;
  readonly batches: BatchRegistry;
  readonly lines: string[];
  readonly context: ResourceContext;
  asker: Asker | undefined;
  followCaches(): () => void;
}

export function toolNamed(target: string): Asker {
  return { name: `tools/call ${target}`, targetKind: 'tool', target };
}

export function watched(
  options: {
    now?: () => number;
    limit?: number;
    calls?: ResourceContext['calls'];
    slow?: Partial<{ thresholdMs: number; limit: number; statements: boolean }>;
  } = {},
): Watched {
  const lines: string[] = [];
  const now = options.now ?? (() => performance.now());
  const diag = createDiag({ sink: (line) => void lines.push(line) });
  const context: ResourceContext = { now, asker: () => all.asker, diag, calls: options.calls };
  const limit = options.limit ?? 50;
  const databases = new DatabaseRegistry(context, limit, {
    thresholdMs: 100,
    limit: 20,
    statements: false,
    ...options.slow,
  });
  const caches = new CacheRegistry(context, limit);
  const all: Watched = {
    caches,
    databases,
    pools: new PoolRegistry(context, limit, databases),
    batches: new BatchRegistry(context, limit),
    lines,
    context,
    asker: undefined,
    followCaches: () => followCacheChannels(caches, context),
  };
  return all;
}
