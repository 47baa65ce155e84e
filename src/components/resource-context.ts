import type { Diag } from '../core/diag.ts';
import type { CallPlace, CallReporter } from './time/call-reporter.ts';

/** The operation in whose context something is asked for, as far as figures are told apart by it. */
export interface Asker {
  /** `tools/call kb.search`: bounded by the registry of names. */
  readonly name: string;
  readonly targetKind: 'tool' | 'prompt' | undefined;
  readonly target: string | undefined;
}

/** Who asks at a moment, kept for what happens on his behalf later, in whatever context. */
export interface Asking {
  readonly asker: Asker | null;
  /** Where his component calls belong; `undefined` while component time is off. */
  readonly place: CallPlace | undefined;
}

/** Who asks now. */
export function askingNow({ asker, calls }: ResourceContext): Asking {
  return { asker: asker() ?? null, place: calls?.place() };
}

/** What watching needs of its surroundings. */
export interface ResourceContext {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** The operation of the active context; `undefined` outside of any. */
  readonly asker: () => Asker | undefined;
  readonly diag: Diag;
  /** Where queries that are watched are reported as time of their component; `undefined` while component time is off. */
  readonly calls?: CallReporter | undefined;
}
