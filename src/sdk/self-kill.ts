import { constants } from 'node:os';

/** Signals that end a process which does not listen to them. */
const FATAL: ReadonlySet<string> = new Set(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGABRT', 'SIGKILL']);

/**
 * Watches for the process ending itself by a signal nobody listens to: no `exit` event follows, so the call of
 * `process.kill` is the last moment at which anything can be done. The call itself goes through as it is.
 *
 * @returns ends the watch
 */
export function watchSelfKill(beforeEnd: () => void): () => void {
  const original = process.kill;
  let watching = true;
  const kill = function (this: unknown, ...args: Parameters<typeof process.kill>): true {
    if (watching && endsThisProcess(...args)) beforeEnd();
    return Reflect.apply(original, this, args);
  };
  process.kill = kill;
  return () => {
    watching = false;
    // Somebody who has wrapped it meanwhile keeps what he holds.
    if (process.kill === kill) process.kill = original;
  };
}

function endsThisProcess(pid: number, signal: string | number = 'SIGTERM'): boolean {
  if (Number(pid) !== process.pid) return false;
  const name = typeof signal === 'string' ? signal : nameOf(signal);
  return name !== undefined && FATAL.has(name) && process.listenerCount(name) === 0;
}

function nameOf(signal: number): string | undefined {
  return Object.entries(constants.signals).find(([, number]) => number === signal)?.[0];
}
