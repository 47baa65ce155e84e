import type { Diag } from '../core/diag.ts';

/** What is left when a process ends, in items of both signals together. */
export interface LeftAtExit {
  /** Spans that were waiting; part of `spooled` and `lost`. */
  readonly spans: number;
  readonly spooled: number;
  readonly lost: number;
  /** Alerts that began or ended and that a channel has not delivered; there is no next start for them. */
  readonly notices: number;
}

/** Says in one line what was kept and which alerts nobody hears of; what else was lost has been said by the spool, with the reason. */
export function reportAtExit(diag: Diag, service: string, { spans, spooled, lost, notices }: LeftAtExit): void {
  const said: string[] = [];
  if (spooled > 0) {
    const what = lost > 0 ? `${spooled} items` : `${spans} spans and ${spooled - spans} metric points`;
    said.push(`${what} were not sent before the end and are kept for the next start of ${service}`);
  }
  if (notices > 0) said.push(`${notices} notices of alerts were not delivered before the end and are lost`);
  if (said.length > 0) diag.warn('kept at exit', said.join('; '));
}
