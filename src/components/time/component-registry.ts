import type { ComponentRef } from '../../core/call-log.ts';
import { COMPONENT_KINDS, type ComponentKind } from '../../core/model/component.ts';
import { OTHER } from '../../semconv/attributes.ts';

const MAX_NAME_CHARS = 100;
const KINDS: ReadonlySet<string> = new Set(COMPONENT_KINDS);

/** All components of the process, one object each. Names beyond the limit share `_OTHER` of their kind. */
export class ComponentRegistry {
  readonly #limit: number;
  readonly #byKind = new Map<ComponentKind, Map<string, ComponentRef>>();
  /** As code writes them; only what has a name of its own is kept. */
  readonly #byText = new Map<string, ComponentRef>();
  #size = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The component of that kind and name. */
  component(kind: ComponentKind, name: string): ComponentRef {
    let named = this.#byKind.get(kind);
    if (named === undefined) {
      named = new Map();
      this.#byKind.set(kind, named);
    }
    const known = named.get(name);
    if (known !== undefined) return known;
    const usable = name !== OTHER && name.length <= MAX_NAME_CHARS && this.#size < this.#limit;
    const key = usable ? name : OTHER;
    let component = named.get(key);
    if (component === undefined) {
      component = { kind, name: key };
      named.set(key, component);
      if (usable) this.#size += 1;
    }
    return component;
  }

  /** A component as code writes it: a kind (`database`), kind and name (`database:orders`), or a name of something else. */
  written(text: string): ComponentRef {
    const known = this.#byText.get(text);
    if (known !== undefined) return known;
    const colon = text.indexOf(':');
    const kind = colon === -1 ? text : text.slice(0, colon);
    const component = KINDS.has(kind)
      ? this.component(kind as ComponentKind, colon === -1 ? kind : text.slice(colon + 1).trim())
      : this.component('custom', text);
    if (component.name !== OTHER) this.#byText.set(text, component);
    return component;
  }
}
