/** What a check concluded. A warning may be meant so; a problem makes monitoring fail or mislead. */
export type FindingState = 'ok' | 'warning' | 'problem';

/** The result of one check, in words for the person who has to act. */
export interface Finding {
  /** Name of the check, stable for programs: `port`, `collector`. */
  readonly check: string;
  readonly state: FindingState;
  /** What was found. */
  readonly read: string;
  /** What should have been found; empty when it was. */
  readonly expected: string;
  /** What to do; empty when nothing is. */
  readonly advice: string;
}

/** A finding that asks for nothing. */
export function ok(check: string, read: string): Finding {
  return { check, state: 'ok', read, expected: '', advice: '' };
}

/** A finding that may be meant so. */
export function warning(check: string, read: string, expected: string, advice: string): Finding {
  return { check, state: 'warning', read, expected, advice };
}

/** A finding that makes monitoring fail or mislead. */
export function problem(check: string, read: string, expected: string, advice: string): Finding {
  return { check, state: 'problem', read, expected, advice };
}

/** The first line of an error, for a finding. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n', 1)[0] ?? '';
}
