import type { MeterProviderLike } from './meter-hook.ts';

/** Where stand-ins find the provider there is now, and leave what has to wait for one. */
export interface Scope {
  provider(): MeterProviderLike | undefined;
  keepRecording(instrument: Replayable, value: number, attributes: object | undefined): void;
  /** @returns whether it is kept; otherwise the callback is never called */
  keepCallback(binding: Binding): boolean;
  forgetCallback(binding: Binding): void;
}

/** An instrument that a recording waits for. */
export interface Replayable {
  replay(value: number, attributes: object | undefined): void;
}

/** A callback that waits for an instrument to observe. */
export interface Binding {
  bind(): void;
}

type Callback = (result: object) => unknown;
type BatchCallback = (result: BatchResult) => unknown;
interface BatchResult {
  observe(instrument: object, ...observation: readonly unknown[]): void;
}
interface Observable {
  addCallback(callback: Callback): void;
  removeCallback(callback: Callback): void;
}
interface Synchronous {
  add?(...recording: readonly unknown[]): void;
  record?(...recording: readonly unknown[]): void;
}
interface Meter {
  addBatchObservableCallback(callback: BatchCallback, observables: readonly object[]): void;
  removeBatchObservableCallback(callback: BatchCallback, observables: readonly object[]): void;
}
/** How an instrument is made: method of the meter, name, options. */
type Recipe = readonly [method: string, name: string, options: unknown];

function make(meter: object, [method, name, options]: Recipe): unknown {
  const create = (meter as { [method: string]: unknown })[method];
  return typeof create === 'function' ? Reflect.apply(create, meter, [name, options]) : undefined;
}

/** Leads each recording to the instrument of the provider there is at that moment. */
class StandInInstrument implements Replayable {
  readonly #meter: StandInMeter;
  readonly #recipe: Recipe;
  #madeBy: object | undefined = undefined;
  #instrument: Synchronous | undefined = undefined;

  constructor(meter: StandInMeter, recipe: Recipe) {
    this.#meter = meter;
    this.#recipe = recipe;
  }

  /** The instrument there is now, or `undefined`, when the recording is kept as far as there is room. */
  protected target(value: number, attributes: object | undefined): Synchronous | undefined {
    const meter = this.#meter.current();
    if (meter === undefined) {
      this.#meter.scope.keepRecording(this, value, attributes);
      return undefined;
    }
    if (meter !== this.#madeBy) {
      this.#madeBy = meter;
      this.#instrument = make(meter, this.#recipe) as Synchronous | undefined;
    }
    return this.#instrument;
  }

  replay(value: number, attributes: object | undefined): void {
    const target = this.target(value, attributes);
    if (target?.add !== undefined) target.add(value, attributes);
    else target?.record?.(value, attributes);
  }
}

class StandInCounter extends StandInInstrument {
  add(value: number, attributes?: object, context?: unknown): void {
    this.target(value, attributes)?.add?.(value, attributes, context);
  }
}

class StandInRecorder extends StandInInstrument {
  record(value: number, attributes?: object, context?: unknown): void {
    this.target(value, attributes)?.record?.(value, attributes, context);
  }
}

/**
 * Keeps callbacks until our provider is there, and stays with it. A provider of the application's own gets none of them:
 * libraries register theirs anew when they are given it, and would be observed twice.
 */
class StandInObservable implements Observable {
  readonly #meter: StandInMeter;
  readonly #recipe: Recipe;
  readonly #waiting = new Map<Callback, Binding>();
  #instrument: Observable | undefined = undefined;

  constructor(meter: StandInMeter, recipe: Recipe) {
    this.#meter = meter;
    this.#recipe = recipe;
  }

  addCallback(callback: Callback): void {
    const instrument = this.instrument();
    instrument?.addCallback(callback);
    if (instrument !== undefined || this.#waiting.has(callback)) return;
    const binding = { bind: (): void => this.instrument()?.addCallback(callback) };
    if (this.#meter.scope.keepCallback(binding)) this.#waiting.set(callback, binding);
  }

  removeCallback(callback: Callback): void {
    const binding = this.#waiting.get(callback);
    if (binding !== undefined) this.#meter.scope.forgetCallback(binding);
    this.#waiting.delete(callback);
    this.#instrument?.removeCallback(callback);
  }

  /** The real instrument, made when the first callback is bound. */
  instrument(): Observable | undefined {
    const meter = this.#instrument === undefined ? this.#meter.current() : undefined;
    if (meter !== undefined) {
      this.#instrument = make(meter, this.#recipe) as Observable | undefined;
      this.#waiting.clear();
    }
    return this.#instrument;
  }
}

interface Batch extends Binding {
  readonly callback: BatchCallback;
  readonly observables: readonly object[];
  /** Takes it back out of the provider it is bound to. */
  undo?: () => void;
}

const real = (observable: object): object =>
  observable instanceof StandInObservable ? (observable.instrument() ?? observable) : observable;

/** A meter that was taken before a provider was registered. */
export class StandInMeter {
  readonly scope: Scope;
  readonly #arguments: readonly [name: string, version?: string, options?: unknown];
  readonly #batches: Batch[] = [];
  #provider: MeterProviderLike | undefined = undefined;
  #meter: object | undefined = undefined;

  constructor(scope: Scope, ...of: readonly [name: string, version?: string, options?: unknown]) {
    this.scope = scope;
    this.#arguments = of;
  }

  /** The meter of the provider there is now. */
  current(): object | undefined {
    const provider = this.scope.provider();
    if (provider === undefined) return undefined;
    if (provider !== this.#provider) {
      this.#provider = provider;
      this.#meter = provider.getMeter(...this.#arguments);
    }
    return this.#meter;
  }

  createCounter(name: string, options?: unknown): object {
    return new StandInCounter(this, ['createCounter', name, options]);
  }

  createUpDownCounter(name: string, options?: unknown): object {
    return new StandInCounter(this, ['createUpDownCounter', name, options]);
  }

  createHistogram(name: string, options?: unknown): object {
    return new StandInRecorder(this, ['createHistogram', name, options]);
  }

  createGauge(name: string, options?: unknown): object {
    return new StandInRecorder(this, ['createGauge', name, options]);
  }

  createObservableCounter(name: string, options?: unknown): object {
    return this.#observable(['createObservableCounter', name, options]);
  }

  createObservableGauge(name: string, options?: unknown): object {
    return this.#observable(['createObservableGauge', name, options]);
  }

  createObservableUpDownCounter(name: string, options?: unknown): object {
    return this.#observable(['createObservableUpDownCounter', name, options]);
  }

  addBatchObservableCallback(callback: BatchCallback, observables: readonly object[]): void {
    if (this.#find(callback, observables) >= 0) return;
    const batch: Batch = { callback, observables: [...observables], bind: () => this.#bind(batch) };
    if (this.current() !== undefined) batch.bind();
    else if (!this.scope.keepCallback(batch)) return;
    this.#batches.push(batch);
  }

  removeBatchObservableCallback(callback: BatchCallback, observables: readonly object[]): void {
    const index = this.#find(callback, observables);
    const [batch] = index < 0 ? [] : this.#batches.splice(index, 1);
    if (batch === undefined) return;
    this.scope.forgetCallback(batch);
    batch.undo?.();
  }

  #observable(recipe: Recipe): object {
    const meter = this.current();
    return (meter === undefined ? undefined : (make(meter, recipe) as object)) ?? new StandInObservable(this, recipe);
  }

  /** The SDK observes its own instruments only, so the callback's are exchanged for them. */
  #bind(batch: Batch): void {
    const meter = this.current() as Meter | undefined;
    if (meter === undefined) return;
    const observables = batch.observables.map(real);
    const callback: BatchCallback = (result) =>
      batch.callback({ observe: (instrument, ...of) => result.observe(real(instrument), ...of) });
    meter.addBatchObservableCallback(callback, observables);
    batch.undo = () => meter.removeBatchObservableCallback(callback, observables);
  }

  #find(callback: BatchCallback, observables: readonly object[]): number {
    const sought = new Set(observables);
    return this.#batches.findIndex(
      (batch) =>
        batch.callback === callback &&
        new Set(batch.observables).size === sought.size &&
        batch.observables.every((observable) => sought.has(observable)),
    );
  }
}
