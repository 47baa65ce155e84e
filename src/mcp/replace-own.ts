import { isStamped } from './handler-stamps.ts';
import type { AnyFunction } from './sdk-shapes.ts';

/** Replaces a function that the prototype itself owns; anything else is left alone. */
export function replaceOwn(
  prototype: Record<string, unknown>,
  name: string,
  replace: (original: AnyFunction) => AnyFunction,
): void {
  if (!Object.hasOwn(prototype, name)) return;
  const original = prototype[name];
  if (typeof original !== 'function' || isStamped(original as AnyFunction)) return;
  const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
  const value = replace(original as AnyFunction);
  Object.defineProperty(value, 'name', { value: original.name, configurable: true });
  Object.defineProperty(value, 'length', { value: original.length, configurable: true });
  Object.defineProperty(prototype, name, { ...descriptor, value });
}
