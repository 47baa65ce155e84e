// biome-ignore lint/suspicious/noExplicitAny: methods of objects whose types are not ours
export type Method = (this: any, ...args: any[]) => any;

/**
 * Replaces a method of one object, in place. Objects of the same class keep theirs.
 *
 * @param make gets the method as it is, answers what stands in for it
 * @returns a function that puts the object back as it was; where somebody replaced the method after us, ours stays in the chain
 *   and only calls through. `undefined` when there is no such method, or the object cannot be changed.
 */
export function replaceMethod(
  target: object,
  name: string,
  make: (original: Method) => Method,
): (() => void) | undefined {
  const slots = target as Record<string, unknown>;
  try {
    const original = slots[name];
    if (typeof original !== 'function') return undefined;
    const own = Object.getOwnPropertyDescriptor(target, name);
    const replacement = make(original as Method);
    let active = true;
    const standIn: Method = function (this: unknown, ...args) {
      return (active ? replacement : (original as Method)).apply(this, args);
    };
    Object.defineProperty(target, name, {
      configurable: true,
      enumerable: own?.enumerable ?? false,
      writable: true,
      value: standIn,
    });
    return () => {
      active = false;
      if (slots[name] !== standIn) return;
      if (own === undefined) delete slots[name];
      else Object.defineProperty(target, name, own);
    };
  } catch {
    return undefined;
  }
}

/** Whether an object has all of these methods. */
export function hasMethods(target: object, ...names: readonly string[]): boolean {
  return names.every((name) => typeof (target as Record<string, unknown>)[name] === 'function');
}

/**
 * Calls back when a result is there, be it a value or a promise of one. What is returned stands for the result: a promise that
 * nobody handles stays one that nobody handles.
 */
export function observeResult<R>(result: R, done: (value: unknown) => void, failed: (error: unknown) => void): R {
  if (!isThenable(result)) {
    quietly(() => done(result));
    return result;
  }
  return result.then(
    (value) => {
      quietly(() => done(value));
      return value;
    },
    (error: unknown) => {
      quietly(() => failed(error));
      throw error;
    },
  ) as R;
}

/** Measuring never breaks what is measured. */
export function quietly(fn: () => void): void {
  try {
    fn();
  } catch {
    // The figure is lost, the call is not.
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}

/** Undoes several replacements, newest first; idempotent. */
export function undoAll(undos: readonly ((() => void) | undefined)[]): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    for (const undo of [...undos].reverse()) undo?.();
  };
}
