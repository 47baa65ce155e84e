import { ExplicitHistogram } from '../../core/explicit-histogram.ts';
import type { DatabaseSnapshot } from '../../core/model/component.ts';
import { OTHER } from '../../semconv/attributes.ts';
import { STAGE_DURATION_BOUNDARIES } from '../../semconv/boundaries.ts';
import { errorTypeOf } from '../error-type.ts';
import { type Asker, type Asking, askingNow, type ResourceContext } from '../resource-context.ts';
import type { OpenCall } from '../time/call-reporter.ts';
import { isAbort } from '../time/call-reporter.ts';
import { databaseOf } from '../time/classify-span.ts';
import { SlowQueries, type SlowQueryOptions } from './slow-queries.ts';
import { operationOf } from './statement.ts';

/** Statements whose operation is remembered, so that text is looked at once. */
const MAX_REMEMBERED = 500;
/** A longer text is not remembered. */
const MAX_REMEMBERED_CHARS = 4096;
/** Combinations of operation and error told apart per database. */
const MAX_SERIES = 100;

/** One point of the query durations. */
export interface QuerySeries {
  readonly operation: string;
  /** Empty for success. */
  readonly errorType: string;
  readonly histogram: ExplicitHistogram;
}

/** A query that has not been answered yet. */
export interface RunningQuery {
  readonly text: string;
  readonly since: number;
  readonly asker: Asker | null;
  /** As time of the component, where nobody else reports it. */
  readonly call: OpenCall | undefined;
}

/** Everything counted about one database. */
export class DatabaseTally {
  readonly name: string;
  /** `postgresql`, `mysql`, `sqlite`, `other_sql`. */
  readonly system: string;
  readonly slow: SlowQueries;
  reused = 0;
  parsed = 0;
  readonly #context: ResourceContext;
  readonly #series = new Map<string, QuerySeries>();
  readonly #operations = new Map<string, string>();

  constructor(name: string, system: string, context: ResourceContext, slow: SlowQueryOptions) {
    this.name = name;
    this.system = system;
    this.#context = context;
    this.slow = new SlowQueries(slow, system === 'mysql');
  }

  /**
   * A query begins.
   *
   * @param namespace of the component whose time it is; `undefined` where the library reports that itself
   * @param asking who asked, where the active context does not say
   */
  begin(text: string, namespace?: string, asking: Asking = askingNow(this.#context)): RunningQuery {
    const { asker, place } = asking;
    const call =
      namespace === undefined || place === undefined
        ? undefined
        : this.#context.calls?.begin(databaseOf(this.system, namespace), 'channel', 1, place);
    return { text, since: this.#context.now(), asker, call };
  }

  /** The query was answered. @param error `undefined` or `null` for success */
  end({ text, since, asker, call }: RunningQuery, error: unknown): void {
    call?.end(error !== undefined && error !== null && !isAbort(error));
    const durationMs = this.#context.now() - since;
    const operation = this.#operationOf(text);
    const errorType = error === undefined || error === null ? '' : errorTypeOf(error);
    this.#of(operation, errorType).histogram.record(durationMs / 1000);
    this.slow.record(text, operation, durationMs, asker);
  }

  series(): Iterable<QuerySeries> {
    return this.#series.values();
  }

  snapshot(): DatabaseSnapshot {
    const queries = new Map<string, { count: number; errors: number; totalSeconds: number }>();
    for (const { operation, errorType, histogram } of this.#series.values()) {
      const sum = queries.get(operation) ?? { count: 0, errors: 0, totalSeconds: 0 };
      sum.count += histogram.count;
      if (errorType !== '') sum.errors += histogram.count;
      sum.totalSeconds += histogram.sum;
      queries.set(operation, sum);
    }
    return {
      name: this.name,
      system: this.system,
      queries: [...queries].map(([operation, sum]) => ({ operation, ...sum })),
      prepared: { reused: this.reused, parsed: this.parsed },
      slowQueries: this.slow.snapshot(),
    };
  }

  #operationOf(text: string): string {
    const known = this.#operations.get(text);
    if (known !== undefined) return known;
    const operation = operationOf(text);
    if (text.length <= MAX_REMEMBERED_CHARS && this.#operations.size < MAX_REMEMBERED)
      this.#operations.set(text, operation);
    return operation;
  }

  #of(operation: string, errorType: string): QuerySeries {
    const key = `${operation} ${errorType}`;
    const known = this.#series.get(key);
    if (known !== undefined) return known;
    // The last place is kept for what no longer gets one of its own.
    if (this.#series.size >= MAX_SERIES - 1 && operation !== OTHER)
      return this.#of(OTHER, errorType === '' ? '' : OTHER);
    const series = { operation, errorType, histogram: new ExplicitHistogram(STAGE_DURATION_BOUNDARIES) };
    this.#series.set(key, series);
    return series;
  }
}
