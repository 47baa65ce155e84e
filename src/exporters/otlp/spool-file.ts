import { createHash, randomBytes } from 'node:crypto';

/** Signals that are spooled. */
export type SpoolSignal = 'traces' | 'metrics';

/** What the name of a spool file says about its content. */
export interface SpoolFileName {
  /** Milliseconds since the Unix epoch. */
  readonly writtenAtMs: number;
  /** Spans or data points inside. */
  readonly items: number;
  /** Whose file it is, see `spoolKey`. */
  readonly key: string;
  readonly signal: SpoolSignal;
}

const FILE_NAME = /^(\d{1,16})-\d+-[0-9a-f]+-(\d{1,9})-([0-9a-f]{16})\.(traces|metrics)$/;
const CLAIM_NAME = /^(.+)\.claim-(\d{1,16})$/;

/**
 * Identifies to whom a file may be delivered: the same endpoint, by the same service. Processes of one user share the
 * directory, and what one of them measured is none of another one's backend's business.
 */
export function spoolKey(url: string, service: string): string {
  return createHash('sha256').update(`${url}\n${service}`).digest('hex').slice(0, 16);
}

/** A name that no other process chooses; sorts by time. */
export function formatSpoolFileName(name: SpoolFileName): string {
  const time = String(Math.trunc(name.writtenAtMs)).padStart(14, '0');
  const unique = `${process.pid}-${randomBytes(4).toString('hex')}`;
  return `${time}-${unique}-${name.items}-${name.key}.${name.signal}`;
}

/** Reads a name back; `undefined` for every other file. */
export function readSpoolFileName(fileName: string): SpoolFileName | undefined {
  const [, time, items, key, signal] = FILE_NAME.exec(fileName) ?? [];
  if (time === undefined || items === undefined || key === undefined) return undefined;
  return { writtenAtMs: Number(time), items: Number(items), key, signal: signal === 'traces' ? 'traces' : 'metrics' };
}

/** The name of a file while one process delivers it. */
export function formatClaimName(fileName: string, claimedAtMs: number): string {
  return `${fileName}.claim-${Math.trunc(claimedAtMs)}`;
}

/** Reads the name of a claimed file back; `undefined` for every other file. */
export function readClaimName(fileName: string): { fileName: string; claimedAtMs: number } | undefined {
  const [, original, time] = CLAIM_NAME.exec(fileName) ?? [];
  return original === undefined || time === undefined ? undefined : { fileName: original, claimedAtMs: Number(time) };
}
