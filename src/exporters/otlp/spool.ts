import { lstatSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { readdir, readFile, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { assertTrustedDirectory, createPrivateDirectory } from '../../core/private-directory.ts';
import { rejectedItems, type SendOutcome } from './send-outcome.ts';
import { MAX_SPOOL_FILES, measureDirectory } from './spool-directory.ts';
import {
  formatClaimName,
  formatSpoolFileName,
  readClaimName,
  readSpoolFileName,
  type SpoolFileName,
  type SpoolSignal,
} from './spool-file.ts';

/** One OTLP request body to keep. */
export interface SpoolEntry {
  readonly signal: SpoolSignal;
  readonly key: string;
  readonly body: Uint8Array;
  /** Spans or data points inside. */
  readonly items: number;
}

/** What became of the items: kept, or lost and why. */
export interface SpoolResult {
  readonly spooled: number;
  readonly lost: Readonly<Partial<Record<SpoolSignal, number>>>;
  readonly reason: string | undefined;
}

/**
 * Writes request bodies into the spool directory, synchronously, for the moment when the process exits. Files appear
 * whole or not at all. The size of the whole directory is bounded; what does not fit is lost and counted.
 * Never throws.
 *
 * @param nowMs milliseconds since the Unix epoch
 * @param maxBytes bound of the directory, over all processes of the user
 */
export function writeSpoolSync(
  dir: string,
  entries: readonly SpoolEntry[],
  maxBytes: number,
  nowMs: number,
): SpoolResult {
  const lost: Partial<Record<SpoolSignal, number>> = {};
  let spooled = 0;
  let reason: string | undefined;
  let room: { files: number; sizeBytes: number } | undefined;
  for (const entry of entries) {
    try {
      room ??= openSpool(dir);
      if (room.sizeBytes + entry.body.length > maxBytes || room.files >= MAX_SPOOL_FILES) throw new Error('it is full');
      writeWhole(dir, formatSpoolFileName({ ...entry, writtenAtMs: nowMs }), entry.body);
      room.sizeBytes += entry.body.length;
      room.files += 1;
      spooled += entry.items;
    } catch (error) {
      lost[entry.signal] = (lost[entry.signal] ?? 0) + entry.items;
      reason = error instanceof Error ? error.message : String(error);
    }
  }
  return { spooled, lost, reason };
}

function openSpool(dir: string): { files: number; sizeBytes: number } {
  createPrivateDirectory(dir);
  return measureDirectory(dir);
}

function writeWhole(dir: string, fileName: string, body: Uint8Array): void {
  const partial = join(dir, `${fileName}.part`);
  try {
    writeFileSync(partial, body, { mode: 0o600, flag: 'wx' });
    renameSync(partial, join(dir, fileName));
  } catch (error) {
    // A full disk leaves a truncated file behind.
    removeQuietly(partial);
    throw error;
  }
}

function removeQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Nothing was there, or nothing can be done about it.
  }
}

/** Where files of one signal go. */
export interface SpoolTarget {
  readonly key: string;
  readonly send: (body: Uint8Array) => Promise<SendOutcome>;
}

export interface DeliverOptions {
  /** Milliseconds since the Unix epoch. */
  readonly wallClock: () => number;
  /** Paths claimed at this moment, kept up to date for `releaseClaimsSync`. */
  readonly claims: Set<string>;
  /** Told about items that are lost: `expired`, `rejected`. */
  readonly onDrop: (signal: SpoolSignal, reason: string, items: number) => void;
  /** Files larger than this are not ours and are never read. */
  readonly maxBytes: number;
  /** Older files are removed. Default 24 h. */
  readonly maxAgeMs?: number;
}

/** Items delivered, and whether files for us remain because their receiver does not answer. */
export interface DeliverResult {
  readonly delivered: number;
  readonly remaining: boolean;
}

const DEFAULT_MAX_AGE_MS = 86_400_000;
/** A claim this old belongs to a process that died over it: one attempt takes seconds. */
const ABANDONED_AFTER_MS = 600_000;

/**
 * Sends what earlier processes left behind. Each file is claimed by renaming it first, so two processes never send the
 * same one; a file is put back when its receiver does not answer, and removed when it was accepted, refused or is too
 * old. Never rejects.
 */
export async function deliverSpool(
  dir: string,
  targets: Readonly<Partial<Record<SpoolSignal, SpoolTarget>>>,
  options: DeliverOptions,
): Promise<DeliverResult> {
  let delivered = 0;
  const silent = new Set<SpoolSignal>();
  try {
    assertTrustedDirectory(dir);
    for (const listed of (await readdir(dir)).sort().slice(0, 2 * MAX_SPOOL_FILES)) {
      const fileName = await recoverAbandoned(dir, listed, options);
      const about = readSpoolFileName(fileName);
      if (about === undefined || (await expire(dir, fileName, about, options))) continue;
      const target = targets[about.signal];
      if (target === undefined || target.key !== about.key || silent.has(about.signal)) continue;
      const outcome = await deliverFile(dir, fileName, target, options);
      if (outcome === undefined) continue;
      if (outcome.state === 'retryable') {
        silent.add(about.signal);
        continue;
      }
      const rejected = rejectedItems(outcome, about.items);
      delivered += about.items - rejected;
      if (rejected > 0) options.onDrop(about.signal, 'rejected', rejected);
    }
  } catch {
    // No directory (the normal case) or not a trustworthy one: nothing to deliver. Writing to it says so.
  }
  return { delivered, remaining: silent.size > 0 };
}

async function claim(dir: string, fileName: string, options: DeliverOptions): Promise<string | undefined> {
  const claimed = join(dir, formatClaimName(fileName, options.wallClock()));
  try {
    await rename(join(dir, fileName), claimed);
    return claimed;
  } catch {
    // Another process was faster.
    return undefined;
  }
}

async function deliverFile(
  dir: string,
  fileName: string,
  target: SpoolTarget,
  options: DeliverOptions,
): Promise<SendOutcome | undefined> {
  const original = join(dir, fileName);
  const stat = lstatSync(original, { throwIfNoEntry: false });
  if (stat === undefined || !stat.isFile() || stat.size > options.maxBytes) return undefined;
  const claimed = await claim(dir, fileName, options);
  if (claimed === undefined) return undefined;
  options.claims.add(claimed);
  try {
    const outcome = await target.send(await readFile(claimed));
    await (outcome.state === 'retryable' ? rename(claimed, original) : unlink(claimed));
    return outcome;
  } catch {
    return undefined;
  } finally {
    options.claims.delete(claimed);
  }
}

async function expire(dir: string, fileName: string, about: SpoolFileName, options: DeliverOptions): Promise<boolean> {
  const ageMs = options.wallClock() - about.writtenAtMs;
  // A file from the future was written before the system clock was set back.
  if (Math.abs(ageMs) <= (options.maxAgeMs ?? DEFAULT_MAX_AGE_MS)) return false;
  const claimed = await claim(dir, fileName, options);
  if (claimed === undefined) return true;
  await unlink(claimed);
  options.onDrop(about.signal, 'expired', about.items);
  return true;
}

/** Gives a file back whose claimer died; removes what a writer left half done. Returns the name to go on with. */
async function recoverAbandoned(dir: string, listed: string, options: DeliverOptions): Promise<string> {
  if (listed.endsWith('.part')) {
    const about = readSpoolFileName(listed.slice(0, -'.part'.length));
    if (about !== undefined) await expire(dir, listed, about, { ...options, maxAgeMs: ABANDONED_AFTER_MS });
    return listed;
  }
  const claimed = readClaimName(listed);
  if (claimed === undefined || options.wallClock() - claimed.claimedAtMs < ABANDONED_AFTER_MS) return listed;
  try {
    await rename(join(dir, listed), join(dir, claimed.fileName));
  } catch {
    return listed;
  }
  return claimed.fileName;
}

/** Puts claimed files back when the process exits before their receiver has answered. Never throws. */
export function releaseClaimsSync(claims: Set<string>): void {
  for (const claimed of claims) {
    const name = readClaimName(claimed);
    try {
      if (name !== undefined) renameSync(claimed, name.fileName);
    } catch {
      // Delivered or put back in the meantime.
    }
  }
  claims.clear();
}
