import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createPrivateDirectory } from '../../core/private-directory.ts';
import type { AnomalyState } from './anomaly-monitor.ts';

const SCHEMA = 1;
/** A file beyond this was not written by us. */
const MAX_BYTES = 4 * 1024 * 1024;

/**
 * What was learned about the operations of one service, in a file of its owner's. Written whole or not at all; a file that cannot
 * be read or understood counts as none, and is reported.
 */
export class StateFile {
  readonly #dir: string;
  readonly #path: string;
  readonly #report: (message: string) => void;
  #writing = false;

  /** @param service names the file; characters that no file system minds are kept */
  constructor(dir: string, service: string, report: (message: string) => void) {
    this.#dir = dir;
    this.#path = join(dir, `${service.replace(/[^A-Za-z0-9._@-]+/g, '_').slice(0, 100)}.json`);
    this.#report = report;
  }

  /** Reads once, at start: a few kilobytes. */
  read(): AnomalyState | undefined {
    try {
      createPrivateDirectory(this.#dir);
      const text = readFileSync(this.#path, 'utf8');
      const file: unknown = text.length > MAX_BYTES ? undefined : JSON.parse(text);
      if (isStateFile(file)) return file.state;
      this.#report(`${this.#path} is not a state file of this version: learning begins anew`);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#reportFailure('read', error);
    }
    return undefined;
  }

  /** Writes in the background; while a write is under way, nothing. */
  async write(state: AnomalyState): Promise<void> {
    if (this.#writing) return;
    this.#writing = true;
    const draft = this.#draft();
    try {
      await writeFile(draft, serialised(state), { mode: 0o600 });
      await rename(draft, this.#path);
    } catch (error) {
      this.#reportFailure('written', error);
    } finally {
      this.#writing = false;
    }
  }

  /** Writes at once, for the end of the process. */
  writeSync(state: AnomalyState): void {
    const draft = this.#draft();
    try {
      writeFileSync(draft, serialised(state), { mode: 0o600 });
      renameSync(draft, this.#path);
    } catch (error) {
      rmSync(draft, { force: true });
      this.#reportFailure('written', error);
    }
  }

  #draft(): string {
    return `${this.#path}.${process.pid}.draft`;
  }

  #reportFailure(what: string, error: unknown): void {
    this.#report(`what was learned about latency could not be ${what}: ${String(error)}`);
  }
}

function serialised(state: AnomalyState): string {
  return JSON.stringify({ schema: SCHEMA, state });
}

function isStateFile(file: unknown): file is { schema: number; state: AnomalyState } {
  const { schema, state } = (file ?? {}) as { schema?: unknown; state?: { operations?: unknown } };
  if (schema !== SCHEMA || typeof state?.operations !== 'object' || state.operations === null) return false;
  return Object.values(state.operations).every(isOperationState);
}

/** Only numbers reach the detectors. */
function isOperationState(operation: unknown): boolean {
  const { detector, baseline } = (operation ?? {}) as {
    detector?: Record<string, unknown>;
    baseline?: { p95?: object };
  };
  const p95 = (baseline?.p95 ?? {}) as Record<string, unknown>;
  const areNumbers = (from: Record<string, unknown>, names: readonly string[]): boolean =>
    names.every((name) => Number.isFinite(from[name]));
  if (!areNumbers(p95, ['count', 'mean', 'squares'])) return false;
  if (detector === undefined) return true;
  const { baseline: known, hours } = detector as { baseline?: Record<string, unknown>; hours?: unknown };
  const names = ['requests', 'slices', 'median', 'spread', 'mean', 'variance', 'tailSlot', 'tailShare', 'p95'];
  return areNumbers(known ?? {}, names) && Array.isArray(hours) && hours.flat().every(Number.isFinite);
}
