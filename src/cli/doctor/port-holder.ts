import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const LISTENING = '0A';
const MAX_PROCESSES = 20_000;

/**
 * Who listens on a TCP port, from /proc on Linux: `node (pid 4711)`.
 *
 * @returns `undefined` on other systems and for processes of other users
 */
export function portHolder(port: number): string | undefined {
  try {
    const inodes = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => listeningInodes(file, port)));
    if (inodes.size === 0) return undefined;
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    const pid = pids.slice(0, MAX_PROCESSES).find((candidate) => holdsSocket(candidate, inodes));
    return pid === undefined ? undefined : `${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()} (pid ${pid})`;
  } catch {
    return undefined;
  }
}

function listeningInodes(file: string, port: number): string[] {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(wanted) === true && fields[3] === LISTENING)
    .flatMap((fields) => fields[9] ?? []);
}

function holdsSocket(pid: string, inodes: ReadonlySet<string>): boolean {
  try {
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder).some((name) => {
      const socket = /^socket:\[(\d+)\]$/.exec(linkOf(`${folder}/${name}`));
      return socket?.[1] !== undefined && inodes.has(socket[1]);
    });
  } catch {
    return false;
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
