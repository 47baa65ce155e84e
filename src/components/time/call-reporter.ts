import type { Call, CallSource } from '../../core/call-log.ts';
import type { Classified } from './classify-http.ts';

/** Where sources report the calls they see; whose operation they belong to is found by the context they run in. */
export interface CallReporter {
  /**
   * A call begins.
   *
   * @param counted false for what belongs to a call but is none, such as connecting
   * @returns `undefined` when it belongs to no operation, or to a call of another component that is open
   */
  begin(classified: Classified, source: CallSource, counted?: boolean): OpenCall | undefined;
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
