import { type Clock, systemClock } from '../../core/clock.ts';
import type { ComponentTimer, ComponentTracker } from '../../core/model/timing.ts';

/** Names of the methods of an object. */
type MethodName<Target> = {
  [Name in keyof Target]: Target[Name] extends (...args: never[]) => unknown ? Name : never;
}[keyof Target];

/**
 * Timing in code. Belongs to the operation in whose handler it is called; elsewhere, and in a process that is not measured,
 * every function is called as if the timing were not there, and nothing is recorded.
 */
export interface Timing {
  /**
   * Shows the time of `fn` as a part of the tool's own code. Calls of components inside stand for themselves.
   *
   * @param name written in code, never taken from a request
   * @returns what `fn` returns; of a promise of the language, one that settles alike
   */
  stage<Result>(name: string, fn: () => Result): Result;
  /**
   * Counts the time of `fn` as a call of a component. What it calls in turn, another database or an HTTP service, is that
   * component's business and is not counted again. Only promises of the language are waited for: give an async function
   * where a library answers with a thenable of its own.
   *
   * @param component a kind (`database`, `cache`, `embedding`, `generation`, `http`, `messaging`, `feature_flag`), kind and
   *   name (`database:orders`), or the name of anything else (`reranker`); written in code, never taken from a request
   * @param operation what is asked of it (`searchText`): the name of the span
   * @returns what `fn` returns; of a promise of the language, one that settles alike
   */
  track<Result>(component: string, operation: string, fn: () => Result): Result;
  /** Begins a stage where a function would not fit; end it with `end()`, or declare it with `using`. */
  timer(name: string): ComponentTimer;
  /**
   * Replaces a method of an object by one that is tracked.
   *
   * @returns how to put the original back
   * @throws TypeError when there is no such method, or the object takes no other
   */
  measured<Target extends object>(
    target: Target,
    method: MethodName<Target> & string,
    component: string,
    operation?: string,
  ): () => void;
}

/** @param live the product as it runs in this process, if it does; asked at every call, because it may start later */
export function createTiming(live: () => ComponentTracker | undefined, clock: Clock = systemClock): Timing {
  const track: Timing['track'] = (component, operation, fn) => {
    const tracker = live();
    return tracker === undefined ? fn() : tracker.track(component, operation, fn);
  };
  return {
    track,
    stage(name, fn) {
      const tracker = live();
      return tracker === undefined ? fn() : tracker.stage(name, fn);
    },
    timer(name) {
      const from = clock.now();
      const end = live()?.beginStage(name);
      let seconds: number | undefined;
      const finish = (): number => {
        if (seconds === undefined) {
          seconds = (clock.now() - from) / 1000;
          end?.();
        }
        return seconds;
      };
      return { end: finish, [Symbol.dispose]: () => void finish() };
    },
    measured(target, method, component, operation = method) {
      const slots = target as Record<string, unknown>;
      const original = slots[method];
      if (typeof original !== 'function') throw new TypeError(`${method} is not a method of the object`);
      const isOwn = Object.hasOwn(target, method);
      slots[method] = function (this: unknown, ...args: unknown[]): unknown {
        return track(component, operation, () => Reflect.apply(original, this, args));
      };
      return () => {
        if (isOwn) slots[method] = original;
        else delete slots[method];
      };
    },
  };
}
