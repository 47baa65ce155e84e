import type { BatchRecorder } from '../../core/recorders.ts';
import { NamedTallies } from '../named-tallies.ts';
import { type Method, observeResult, quietly, replaceMethod, undoAll } from '../replace-method.ts';
import type { ResourceContext } from '../resource-context.ts';
import { BatchTally } from './batch-tally.ts';

/** All batchers that are watched. */
export class BatchRegistry {
  readonly tallies: NamedTallies<BatchTally>;
  readonly #context: ResourceContext;
  readonly #watched = new WeakSet<object>();

  constructor(context: ResourceContext, limit: number) {
    this.#context = context;
    this.tallies = new NamedTallies(limit, (name) => new BatchTally(name));
  }

  /** Takes the reports of a recorder, or watches a `DataLoader` in place. */
  watch(name: string | undefined, target: object): (() => void) | undefined {
    if (this.#watched.has(target)) return undefined;
    const tally = (): BatchTally => this.tallies.named(name ?? this.tallies.freeName('batcher'));
    const undo = 'sink' in target ? take(target as BatchRecorder, tally()) : this.#dataLoader(target, tally);
    if (undo === undefined) {
      this.#context.diag.warn(
        'watch',
        `the batcher ${JSON.stringify(name)} is of no known kind; report its batches yourself`,
      );
      return undefined;
    }
    this.#watched.add(target);
    return () => {
      this.#watched.delete(target);
      undo();
    };
  }

  /** `DataLoader`: its batch function gets all keys at once, in the array that the first of them began. */
  #dataLoader(target: object, tally: () => BatchTally): (() => void) | undefined {
    if (!('_batchLoadFn' in target) || !('_maxBatchSize' in target)) return undefined;
    const { now } = this.#context;
    const to = tally();
    const begun = new WeakMap<object, number>();
    const enqueue = (original: Method): Method =>
      function (this: { _batch?: { keys?: object } | null }, ...args: unknown[]) {
        const result = original.apply(this, args);
        quietly(() => {
          const keys = this._batch?.keys;
          if (keys !== undefined && !begun.has(keys)) begun.set(keys, now());
        });
        return result;
      };
    const load = (original: Method): Method =>
      function (this: unknown, ...args: unknown[]) {
        const size = (args[0] as readonly unknown[]).length;
        const since = now();
        const asked = begun.get(args[0] as object);
        const waited = asked === undefined ? {} : { waitMs: since - asked };
        const report = (failed: boolean): void => to.batch({ size, ...waited, durationMs: now() - since, failed });
        return observeResult(
          original.apply(this, args),
          () => report(false),
          () => quietly(() => report(true)),
        );
      };
    return undoAll([replaceMethod(target, 'load', enqueue), replaceMethod(target, '_batchLoadFn', load)]);
  }
}

function take(recorder: BatchRecorder, tally: BatchTally): () => void {
  recorder.sink = tally;
  return () => {
    recorder.sink = undefined;
  };
}
