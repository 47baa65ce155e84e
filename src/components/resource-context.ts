import type { Diag } from '../core/diag.ts';

/** The operation in whose context something is asked for, as far as figures are told apart by it. */
export interface Asker {
  /** `tools/call kb.search`: bounded by the registry of names. */
  readonly name: string;
  readonly targetKind: 'tool' | 'prompt' | undefined;
  readonly target: string | undefined;
}

/** What watching needs of its surroundings. */
export interface ResourceContext {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** The operation of the active context; `undefined` outside of any. */
  readonly asker: () => Asker | undefined;
  readonly diag: Diag;
}
