import { ExplicitHistogram } from '../../core/explicit-histogram.ts';
import type { PoolSnapshot } from '../../core/model/component.ts';
import type { PoolReading } from '../../core/recorders.ts';
import { OTHER } from '../../semconv/attributes.ts';
import { STAGE_DURATION_BOUNDARIES } from '../../semconv/boundaries.ts';
import { errorTypeOf } from '../error-type.ts';
import type { ResourceContext } from '../resource-context.ts';
import { isAbort, type OpenCall } from '../time/call-reporter.ts';
import type { Classified } from '../time/classify-http.ts';

/** Pools behind one name whose figures are added up. */
const MAX_READERS = 50;
/** Kinds of errors told apart per pool. */
const MAX_ERROR_TYPES = 20;

/** What one pool says at this instant; `undefined` when it is gone. */
export type PoolSource = () => PoolReading | undefined;

/** A request for a connection that has not been answered yet. */
export interface Acquisition {
  readonly since: number;
  /** Nothing was free and nothing could be opened when it was made. */
  readonly exhausted: boolean;
  /** Waiting, as time of the component behind the pool. */
  readonly call: OpenCall | undefined;
}

/** Everything counted about one pool; pools of the same name add up. */
export class PoolTally {
  readonly name: string;
  /** `pg`, `mysql2`, `generic-pool`, `tarn`, `custom`. */
  system = 'custom';
  timeouts = 0;
  errors = 0;
  readonly errorTypes: Map<string, number> = new Map();
  readonly waitTime: ExplicitHistogram = new ExplicitHistogram(STAGE_DURATION_BOUNDARIES);
  readonly useTime: ExplicitHistogram = new ExplicitHistogram(STAGE_DURATION_BOUNDARIES);
  readonly createTime: ExplicitHistogram = new ExplicitHistogram(STAGE_DURATION_BOUNDARIES);
  readonly #context: ResourceContext;
  readonly #sources = new Set<PoolSource>();
  #exhaustedMs = 0;
  #waiting = 0;
  #exhaustedSince = 0;

  constructor(name: string, context: ResourceContext) {
    this.name = name;
    this.#context = context;
  }

  /** Adds a pool that can be read. */
  addSource(source: PoolSource): () => void {
    if (this.#sources.size < MAX_READERS) this.#sources.add(source);
    return () => void this.#sources.delete(source);
  }

  /** All pools of this name added up. A source that throws counts as gone. */
  reading(): Omit<Required<PoolReading>, 'max' | 'timeouts' | 'errors'> & {
    readonly max: number | undefined;
    readonly timeouts: number;
    readonly errors: number;
  } {
    let [used, idle, pending, timeouts, errors] = [0, 0, 0, this.timeouts, this.errors];
    let max: number | undefined;
    for (const source of this.#sources) {
      const reading = readOrUndefined(source);
      if (reading === undefined) {
        this.#sources.delete(source);
        continue;
      }
      used += count(reading.used);
      idle += count(reading.idle);
      pending += count(reading.pending);
      timeouts += count(reading.timeouts);
      errors += count(reading.errors);
      if (reading.max !== undefined && Number.isFinite(reading.max)) max = (max ?? 0) + reading.max;
    }
    return { used, idle, pending, timeouts, errors, max };
  }

  /** Seconds in which a request had to wait because every connection was in use. */
  get exhaustedSeconds(): number {
    const running = this.#waiting > 0 ? this.#context.now() - this.#exhaustedSince : 0;
    return (this.#exhaustedMs + running) / 1000;
  }

  /**
   * A connection is asked for.
   *
   * @param exhausted whether it has to wait for another to be given back
   * @param component whose time the waiting is; `undefined` where that is not known, or reported by the library itself
   */
  begin(exhausted: boolean, component?: Classified): Acquisition {
    const since = this.#context.now();
    if (exhausted) {
      if (this.#waiting === 0) this.#exhaustedSince = since;
      this.#waiting += 1;
    }
    const call = component === undefined ? undefined : this.#context.calls?.begin(component, 'channel', 0);
    return { since, exhausted, call };
  }

  /** The request was answered, with a connection or an error. */
  end(acquisition: Acquisition, error: unknown): void {
    const now = this.#context.now();
    acquisition.call?.end(!isNothing(error) && !isAbort(error));
    if (acquisition.exhausted && this.#waiting > 0) {
      this.#waiting -= 1;
      if (this.#waiting === 0) this.#exhaustedMs += now - this.#exhaustedSince;
    }
    if (isNothing(error)) this.waitTime.record((now - acquisition.since) / 1000);
    else if (isTimeout(error)) this.timeouts += 1;
    else this.failed(error);
  }

  /** A connection could not be opened, or broke while nobody used it. */
  failed(error: unknown): void {
    this.errors += 1;
    const type = errorTypeOf(error);
    const known = this.errorTypes.has(type) || this.errorTypes.size < MAX_ERROR_TYPES ? type : OTHER;
    this.errorTypes.set(known, (this.errorTypes.get(known) ?? 0) + 1);
  }

  snapshot(): PoolSnapshot {
    const { used, idle, pending, max, timeouts, errors } = this.reading();
    return {
      name: this.name,
      system: this.system,
      used,
      idle,
      pending,
      max,
      timeouts,
      errors,
      exhaustedSeconds: this.exhaustedSeconds,
      meanWaitSeconds: meanOf(this.waitTime),
      meanUseSeconds: meanOf(this.useTime),
    };
  }
}

function meanOf({ count: samples, sum }: ExplicitHistogram): number | undefined {
  return samples === 0 ? undefined : sum / samples;
}

function readOrUndefined(source: PoolSource): PoolReading | undefined {
  try {
    return source();
  } catch {
    return undefined;
  }
}

function count(value: number | undefined): number {
  return value !== undefined && Number.isFinite(value) && value > 0 ? value : 0;
}

function isNothing(error: unknown): boolean {
  return error === undefined || error === null;
}

/** Whether a request for a connection was given up for waiting too long: by name, code or wording of the libraries. */
function isTimeout(error: unknown): boolean {
  const { name, message, code } = (error ?? {}) as { name?: unknown; message?: unknown; code?: unknown };
  if (code !== undefined && code !== 'ETIMEDOUT') return false;
  return name === 'TimeoutError' || code === 'ETIMEDOUT' || /time(d out|out)|queue limit/i.test(String(message));
}
