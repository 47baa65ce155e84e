/** What an element is made of besides its tag. */
export interface Parts {
  readonly class?: string;
  readonly text?: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** Makes an element. Text is text: nothing here ever parses markup, so a name from a server cannot become any. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  parts: Parts = {},
  ...children: readonly (Node | string | undefined)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (parts.class !== undefined) element.className = parts.class;
  if (parts.text !== undefined) element.textContent = parts.text;
  for (const [name, value] of Object.entries(parts.attributes ?? {})) element.setAttribute(name, value);
  element.append(...children.filter((child) => child !== undefined));
  return element;
}

/** The element of the page with that id. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`no #${id} in the page`);
  return found as T;
}

/** Fills the document, which several pages share, with what is of this one. */
export function begin(template: 'of-server' | 'of-machine'): void {
  byId('main').append(byId<HTMLTemplateElement>(template).content);
}

/** Sets a text only when it differs: an untouched node costs no layout and is not announced again. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Sets or removes an attribute only when it differs. */
export function setAttribute(element: Element, name: string, value: string | undefined): void {
  if (value === undefined) element.removeAttribute(name);
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** Children of one element, one per item, kept from one update to the next and moved only when their order changes. */
export class KeyedList<T, R extends { readonly root: HTMLElement }> {
  readonly #parent: HTMLElement;
  readonly #create: (item: T) => R;
  readonly #update: (row: R, item: T) => void;
  #rows = new Map<string, R>();

  constructor(parent: HTMLElement, create: (item: T) => R, update: (row: R, item: T) => void) {
    this.#parent = parent;
    this.#create = create;
    this.#update = update;
  }

  /** Shows exactly these items, in this order. */
  show(items: readonly T[], keyOf: (item: T) => string): void {
    const rows = new Map<string, R>();
    let next: Element | null = this.#parent.firstElementChild;
    for (const item of items) {
      const key = keyOf(item);
      const row = this.#rows.get(key) ?? this.#create(item);
      this.#rows.delete(key);
      this.#update(row, item);
      rows.set(key, row);
      if (row.root === next) next = next.nextElementSibling;
      else this.#parent.insertBefore(row.root, next);
    }
    for (const { root } of this.#rows.values()) root.remove();
    this.#rows = rows;
  }
}
