import { OTHER } from '../semconv/attributes.ts';
import { WELL_KNOWN_METHODS } from '../semconv/methods.ts';
import type { McpServerLike, ProtocolLike } from './sdk-shapes.ts';

/** A name longer than this never becomes a label value. */
const MAX_NAME_CHARS = 256;

export interface NameLimits {
  readonly tools: number;
  readonly prompts: number;
  readonly methods: number;
}

export const DEFAULT_NAME_LIMITS: NameLimits = { tools: 200, prompts: 200, methods: 100 };

/** A bounded set of names that may become label values, first come first served. */
class Admitted {
  readonly #names = new Set<string>();
  limit: number;

  constructor(limit: number) {
    this.limit = limit;
  }

  has(name: string): boolean {
    return this.#names.has(name);
  }

  admit(name: string): boolean {
    if (this.#names.has(name)) return true;
    if (this.#names.size >= this.limit || name.length > MAX_NAME_CHARS || name === '') return false;
    this.#names.add(name);
    return true;
  }
}

/**
 * Decides which names become label values. Clients control the names they send, so a name counts only when the server
 * vouches for it: it is registered on an `McpServer`, it stood in an answer to `tools/list` or `prompts/list`, or the server
 * answered a call of it without an error. Everything else, and everything beyond the bounds, is `_OTHER`.
 */
export class NameRegistry {
  readonly #targets: Readonly<Record<'tool' | 'prompt', Admitted>>;
  readonly #methods: Admitted;
  /** Operations recorded under `_OTHER`. */
  overflowed = 0;

  constructor(limits: NameLimits = DEFAULT_NAME_LIMITS) {
    this.#targets = { tool: new Admitted(limits.tools), prompt: new Admitted(limits.prompts) };
    this.#methods = new Admitted(limits.methods);
  }

  /** Changes the bounds; names admitted before stay. */
  limit(limits: NameLimits): void {
    this.#targets.tool.limit = limits.tools;
    this.#targets.prompt.limit = limits.prompts;
    this.#methods.limit = limits.methods;
  }

  method(method: string, protocol: ProtocolLike): string {
    if (this.#methods.has(method)) return method;
    const vouched =
      WELL_KNOWN_METHODS.has(method) ||
      protocol._requestHandlers?.has(method) === true ||
      protocol._notificationHandlers?.has(method) === true;
    if (vouched && this.#methods.admit(method)) return method;
    return OTHER;
  }

  /** Takes over a method the peer has answered without an error. */
  vouchMethod(method: string): boolean {
    return this.#methods.admit(method);
  }

  /** The label value of a target, or `undefined` while the server has not vouched for it. */
  target(kind: 'tool' | 'prompt', name: string, server: McpServerLike | undefined): string | undefined {
    const admitted = this.#targets[kind];
    if (admitted.has(name)) return name;
    return isRegistered(kind, name, server) && admitted.admit(name) ? name : undefined;
  }

  /** Takes over a name the server has vouched for by its answer. */
  vouch(kind: 'tool' | 'prompt', name: string): string | undefined {
    return this.#targets[kind].admit(name) ? name : undefined;
  }

  /**
   * Takes over the names of a `tools/list` or `prompts/list` result. Those in the registry of the server are left out: they
   * are known already, and take up room only when they are called.
   */
  learn(kind: 'tool' | 'prompt', listed: unknown, server?: McpServerLike): void {
    if (!Array.isArray(listed)) return;
    for (const item of listed) {
      const name: unknown = (item as { name?: unknown } | null)?.name;
      if (typeof name !== 'string' || isRegistered(kind, name, server)) continue;
      if (!this.#targets[kind].admit(name)) return;
    }
  }
}

function isRegistered(kind: 'tool' | 'prompt', name: string, server: McpServerLike | undefined): boolean {
  const registered = kind === 'tool' ? server?._registeredTools : server?._registeredPrompts;
  return registered !== undefined && Object.hasOwn(registered, name);
}
