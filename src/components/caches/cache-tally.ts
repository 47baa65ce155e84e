import type { CacheSnapshot } from '../../core/model/component.ts';
import { createRateWindow, type RateWindow } from '../../core/rate-window.ts';
import type { CacheSink } from '../../core/recorders.ts';
import { OTHER } from '../../semconv/attributes.ts';
import type { Asker, ResourceContext } from '../resource-context.ts';

/** Operations told apart per cache; the rest shares `_OTHER`. */
const MAX_ASKERS = 50;
/** Caches behind one name whose sizes are added up. */
const MAX_SIZED = 50;

/** Look-ups of one operation in one cache. `asker` is `null` for those outside of any operation. */
export interface AskerCounts {
  readonly asker: Asker | null;
  hits: number;
  misses: number;
  failures: number;
}

const OTHER_ASKER: Asker = { name: OTHER, targetKind: 'tool', target: OTHER };

/** Everything counted about one cache; caches of the same name add up. */
export class CacheTally implements CacheSink {
  readonly name: string;
  hits = 0;
  misses = 0;
  failures = 0;
  evictions = 0;
  readonly #context: ResourceContext;
  readonly #byAsker = new Map<string, AskerCounts>();
  readonly #recent: RateWindow;
  readonly #sizes = new Set<() => number | undefined>();

  constructor(name: string, context: ResourceContext) {
    this.name = name;
    this.#context = context;
    // Misses stand for the errors of the window: the ratio of hits is what the others make up.
    this.#recent = createRateWindow({ windowMs: 60_000, slices: 12 });
  }

  hit(asker: Asker | null = this.askerNow()): void {
    this.hits += 1;
    this.#of(asker).hits += 1;
    this.#recent.record(this.#context.now());
  }

  miss(asker: Asker | null = this.askerNow()): void {
    this.misses += 1;
    this.#of(asker).misses += 1;
    this.#recent.record(this.#context.now(), true);
  }

  failure(asker: Asker | null = this.askerNow()): void {
    this.failures += 1;
    this.#of(asker).failures += 1;
  }

  evicted(count: number): void {
    if (count > 0 && Number.isFinite(count)) this.evictions += count;
  }

  /** Adds a cache whose number of entries can be read; `undefined` from `read` says that the cache is gone. */
  addSize(read: () => number | undefined): () => void {
    if (this.#sizes.size < MAX_SIZED) this.#sizes.add(read);
    return () => void this.#sizes.delete(read);
  }

  /** Who asks now: for a look-up that is answered later, in whatever context. `null` is "nobody", which a default would replace. */
  askerNow(): Asker | null {
    return this.#context.asker() ?? null;
  }

  get entries(): number | undefined {
    let total: number | undefined;
    for (const read of this.#sizes) {
      const size = read();
      if (size === undefined) this.#sizes.delete(read);
      else total = (total ?? 0) + size;
    }
    return total;
  }

  byAsker(): Iterable<AskerCounts> {
    return this.#byAsker.values();
  }

  snapshot(): CacheSnapshot {
    const now = this.#context.now();
    const recentLookups = this.#recent.count(now);
    const byOperation = [...this.#byAsker.values()].flatMap(({ asker, hits, misses }) =>
      asker === null ? [] : [{ operation: asker.name, hits, misses }],
    );
    return {
      name: this.name,
      hits: this.hits,
      misses: this.misses,
      failures: this.failures,
      evictions: this.evictions,
      entries: this.entries,
      hitRatio: recentLookups === 0 ? undefined : 1 - this.#recent.errors(now) / recentLookups,
      recentLookups,
      byOperation,
    };
  }

  #of(asker: Asker | null): AskerCounts {
    const key = asker?.name ?? '';
    let counts = this.#byAsker.get(key);
    if (counts !== undefined) return counts;
    const admitted = asker === null || this.#byAsker.size < MAX_ASKERS ? asker : OTHER_ASKER;
    counts = admitted === asker ? undefined : this.#byAsker.get(OTHER);
    if (counts === undefined) {
      counts = { asker: admitted, hits: 0, misses: 0, failures: 0 };
      this.#byAsker.set(admitted?.name ?? '', counts);
    }
    return counts;
  }
}

/** Files a look-up of one key, or of several whose values come as an array: nothing is a miss. */
export function fileLookup(value: unknown, many: boolean, tally: CacheTally, asker: Asker | null): void {
  const values = many && Array.isArray(value) ? (value as unknown[]) : [value];
  for (const one of values) {
    if (one === undefined || one === null) tally.miss(asker);
    else tally.hit(asker);
  }
}
