import { type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';

/** Kinds of collection as the conventions name them. */
export type GarbageCollectionType = 'minor' | 'major' | 'incremental' | 'weakcb';

/** Told about every single collection, with the time it took and when it began (monotonic milliseconds). */
export type GarbageCollectionListener = (type: GarbageCollectionType, durationSeconds: number, startMs: number) => void;

/** V8's `GCType` bits; 2 is the minor mark-sweep collector, for which `perf_hooks.constants` has no name. */
const TYPES: Readonly<Record<number, GarbageCollectionType>> = {
  1: 'minor',
  2: 'minor',
  4: 'major',
  8: 'incremental',
  16: 'weakcb',
};

/**
 * Observes collections until disconnected; does not keep the process alive.
 *
 * Node delivers entries in batches, and every entry of a batch is reported.
 */
export function observeGarbageCollections(listener: GarbageCollectionListener): { disconnect(): void } {
  const observer = new PerformanceObserver((batch) => {
    for (const entry of batch.getEntries()) {
      const type = TYPES[kindOf(entry)];
      if (type !== undefined) listener(type, entry.duration / 1000, entry.startTime);
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  return observer;
}

/** The types of `PerformanceEntry` leave out `detail`, which every collection carries. */
function kindOf(entry: PerformanceEntry): number {
  const { detail } = entry as PerformanceEntry & { readonly detail?: { readonly kind?: number } };
  return detail?.kind ?? 0;
}
