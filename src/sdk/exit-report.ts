import type { Diag } from '../core/diag.ts';

/** What is left when a process ends, in items of both signals together. */
export interface LeftAtExit {
  /** Spans that were waiting; part of `spooled` and `lost`. */
  readonly spans: number;
  readonly spooled: number;
  readonly lost: number;
}

/** Says in one line what was kept; what was lost has been said by the spool, with the reason. */
export function reportKept(diag: Diag, service: string, { spans, spooled, lost }: LeftAtExit): void {
  if (spooled === 0) return;
  const what = lost > 0 ? `${spooled} items` : `${spans} spans and ${spooled - spans} metric points`;
  diag.warn('kept at exit', `${what} were not sent before the end and are kept for the next start of ${service}`);
}
