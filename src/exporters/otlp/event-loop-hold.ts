import { MessageChannel } from 'node:worker_threads';

/**
 * Keeps the event loop alive until released. Timers and sockets here are unref'ed, so in `beforeExit` the process would
 * end before an answer could arrive. A ref'ed port is the handle for it that involves no time of its own.
 *
 * @returns releases the hold; idempotent
 */
export function holdEventLoop(): () => void {
  const { port1 } = new MessageChannel();
  port1.ref();
  return () => port1.close();
}
