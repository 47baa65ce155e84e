import type { Attributes } from '@opentelemetry/api';

/**
 * Attributes of points that stay what they are as long as the thing they are about: made once, not at every collection. Nobody
 * who gets them may change them.
 */
export class KnownAttributes<About extends object> {
  readonly #make: (about: About) => Attributes;
  readonly #varying: string;
  readonly #known = new WeakMap<About, Attributes>();
  readonly #extended = new WeakMap<About, Map<string, Attributes>>();

  /** @param varying the one attribute that `with` adds */
  constructor(make: (about: About) => Attributes, varying = '') {
    this.#make = make;
    this.#varying = varying;
  }

  attributes(about: About): Attributes {
    let attributes = this.#known.get(about);
    if (attributes === undefined) {
      attributes = this.#make(about);
      this.#known.set(about, attributes);
    }
    return attributes;
  }

  /** The same with the one that varies, which has few values. */
  with(about: About, value: string): Attributes {
    let extended = this.#extended.get(about);
    if (extended === undefined) {
      extended = new Map();
      this.#extended.set(about, extended);
    }
    let attributes = extended.get(value);
    if (attributes === undefined) {
      attributes = { ...this.attributes(about), [this.#varying]: value };
      extended.set(value, attributes);
    }
    return attributes;
  }
}
