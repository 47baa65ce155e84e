import type { Call, CallSource } from '../../core/call-log.ts';
import type { Classified } from './classify-http.ts';

/** Where something is asked for, kept for what happens on its behalf later, in whatever context. */
export type CallPlace = object;

/** Where sources report the calls they see; whose operation they belong to is found by the context they run in. */
export interface CallReporter {
  /**
   * A call begins.
   *
   * @param calls 0 for what belongs to a call but is none, such as connecting; more than 1 for a batch reported as one
   * @param place default: where we are
   * @returns `undefined` when it belongs to no operation, or to a call of another component that is open
   */
  begin(classified: Classified, source: CallSource, calls?: number, place?: CallPlace): OpenCall | undefined;
  /** Where we are now. */
  place(): CallPlace;
}

/** A call that has been reported to begin. */
export interface OpenCall {
  readonly call: Call;
  /** It ends; the second end changes nothing. */
  end(failed: boolean): void;
}

/** Whether an error says that the caller gave up, which is no failure of the component. */
export function isAbort(error: unknown): boolean {
  return (error as { name?: unknown } | undefined)?.name === 'AbortError';
}
