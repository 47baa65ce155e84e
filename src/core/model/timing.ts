/// <reference lib="esnext.disposable" preserve="true" />
/** A stretch of time in code; it ends once, by `end` or at the end of the block of a `using` declaration. */
export interface ComponentTimer {
  /** @returns seconds since the timer was made; the second end answers the same and records nothing */
  end(): number;
  [Symbol.dispose](): void;
}

/** What a running product offers to code that says itself what it is doing. */
export interface ComponentTracker {
  /** Time of `fn` is time of the component; calls of other components inside are its own business. */
  track<Result>(component: string, operation: string, fn: () => Result): Result;
  /** Time of `fn` is shown by that name; calls of components inside stand for themselves. */
  stage<Result>(name: string, fn: () => Result): Result;
  /** Begins a stage that the caller ends: answers how. */
  beginStage(name: string): (() => void) | undefined;
  /** Spans of any tracer provider, as a span processor hears of them. */
  spanStarted(span: object, parent: object): void;
  spanEnded(span: object): void;
}
