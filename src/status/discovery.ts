/**
 * Discovery files: one JSON file per running endpoint, so that other programs find the ports in use.
 *
 * Each file is a Prometheus `file_sd` target list with one entry; everything else anybody needs stands in its labels. Files
 * are written beside their place and renamed, so that a reader never sees half of one. The directory must belong to this
 * user and be no symbolic link; otherwise nothing is written there: under a shared temporary directory somebody else could
 * have put it in our way.
 */
import { chmodSync, lstatSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { lstat, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const MAX_FILES = 1000;
const MAX_FILE_BYTES = 16_384;
const MAX_TEXT_LENGTH = 200;
const WRITABLE_BY_OTHERS = 0o002;

/** Who a process is. */
export interface ServiceIdentity {
  readonly name: string;
  readonly version?: string | undefined;
  readonly instanceId: string;
}

/** A running endpoint as its discovery file describes it. */
export interface DiscoveredServer {
  readonly pid: number;
  /** Address of the page, such as `http://127.0.0.1:9464`. */
  readonly url: string;
  readonly service: string;
  readonly version: string | undefined;
  readonly instanceId: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Path of the file. */
  readonly file: string;
}

/** What a discovery file says about its own process. */
export interface Announcement {
  readonly url: string;
  readonly service: ServiceIdentity;
  /** Milliseconds since the Unix epoch. */
  readonly startedAtMs: number;
}

/** Where files go unless configured otherwise: a folder of this user under the temporary directory. */
export function defaultDiscoveryDir(): string {
  return join(tmpdir(), `mcp-vitals-${process.getuid?.() ?? 'user'}`, 'servers');
}

/**
 * Writes the file of this process and returns what removes it again (idempotent, never throws).
 *
 * @throws Error when the directory is not usable or not trustworthy; the message says why
 */
export function announce(directory: string | undefined, announcement: Announcement): () => void {
  const target = directory ?? defaultDiscoveryDir();
  mkdirSync(target, { recursive: true, mode: 0o700 });
  assertTrustworthy(target);
  // The default folder's parent lies in a directory everybody may write to, so it is checked as well.
  if (directory === undefined) assertTrustworthy(dirname(target));

  const { host, port } = new URL(announcement.url);
  const file = join(target, `${process.pid}-${port || '80'}.json`);
  const draft = `${file}.draft`;
  const labels = {
    service: announcement.service.name.slice(0, MAX_TEXT_LENGTH),
    ...(announcement.service.version === undefined
      ? {}
      : { version: announcement.service.version.slice(0, MAX_TEXT_LENGTH) }),
    service_instance: announcement.service.instanceId.slice(0, MAX_TEXT_LENGTH),
    pid: String(process.pid),
    url: announcement.url,
    started_at: new Date(announcement.startedAtMs).toISOString(),
  };
  rmSync(draft, { force: true });
  // The flag refuses to follow a link or to reuse a file somebody else placed there.
  writeFileSync(draft, `${JSON.stringify([{ targets: [host], labels }])}\n`, { flag: 'wx', mode: 0o600 });
  chmodSync(draft, 0o600);
  renameSync(draft, file);
  return () => {
    try {
      rmSync(file, { force: true });
    } catch {
      // A file that cannot be removed is recognised as stale by its process id.
    }
  };
}

/**
 * Lists running endpoints and removes the files of processes that are gone.
 *
 * Files that are not ours to judge (unreadable, malformed, of another user, links) are ignored and left alone. A missing or
 * untrustworthy directory has no endpoints. Never rejects.
 */
export async function listDiscovered(directory?: string): Promise<DiscoveredServer[]> {
  const target = directory ?? defaultDiscoveryDir();
  const found: DiscoveredServer[] = [];
  try {
    assertTrustworthy(target);
    for (const name of (await readdir(target)).sort().slice(0, MAX_FILES)) {
      const pid = Number(/^(\d{1,10})-\d{1,5}\.json(?:\.draft)?$/.exec(name)?.[1] ?? Number.NaN);
      if (!Number.isSafeInteger(pid) || pid < 1) continue;
      const file = join(target, name);
      if (!isAlive(pid)) await rm(file, { force: true });
      else if (name.endsWith('.json')) {
        const server = await readEntry(file, pid);
        if (server !== undefined) found.push(server);
      }
    }
  } catch {
    // Discovery is a convenience: no directory, no endpoints.
  }
  return found;
}

function assertTrustworthy(directory: string): void {
  const stats = lstatSync(directory);
  if (!stats.isDirectory()) throw new Error(`${directory} is not a directory`);
  const uid = process.getuid?.();
  if (uid === undefined) return;
  if (stats.uid !== uid) throw new Error(`${directory} belongs to user ${stats.uid}, not to ${uid}`);
  if ((stats.mode & WRITABLE_BY_OTHERS) !== 0) throw new Error(`${directory} can be written by everybody`);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it exists and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

async function readEntry(file: string, pid: number): Promise<DiscoveredServer | undefined> {
  try {
    const stats = await lstat(file);
    if (!stats.isFile() || stats.size > MAX_FILE_BYTES) return undefined;
    if (process.getuid !== undefined && stats.uid !== process.getuid()) return undefined;
    const parsed: unknown = JSON.parse(await readFile(file, 'utf8'));
    const labels = (parsed as { labels?: Record<string, unknown> }[])[0]?.labels ?? {};
    const text = (key: string): string | undefined => {
      const value = labels[key];
      return typeof value === 'string' ? value : undefined;
    };
    const url = text('url');
    const service = text('service');
    const startedAt = text('started_at');
    if (url === undefined || !URL.canParse(url) || service === undefined || startedAt === undefined) return undefined;
    const instanceId = text('service_instance') ?? '';
    return { pid, url, service, version: text('version'), instanceId, startedAt, file };
  } catch {
    return undefined;
  }
}
