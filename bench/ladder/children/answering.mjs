// Commands of the parent over the IPC channel: the same in every child, so that they cost every row the same.
import { Session } from 'node:inspector';

/** Microseconds of CPU this process has used, all threads. */
export function cpuUs() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** Answers each message `{ id, command, ...arguments }` with `{ id, value }` or `{ id, error }`. */
export function answerCommands(commands) {
  process.on('message', async ({ id, command, ...input }) => {
    try {
      process.send({ id, value: await commands[command](input) });
    } catch (error) {
      process.send({ id, error: String(error?.stack ?? error) });
    }
  });
  // A parent that is gone measures nothing any more.
  process.on('disconnect', () => process.exit());
}

/** Commands that record a CPU profile of this process. */
export function profilerCommands() {
  const session = new Session();
  const post = (method, params) =>
    new Promise((resolve, reject) => {
      session.post(method, params, (error, result) => (error === null ? resolve(result) : reject(error)));
    });
  return {
    async profileStart({ intervalUs }) {
      session.connect();
      await post('Profiler.enable');
      await post('Profiler.setSamplingInterval', { interval: intervalUs });
      await post('Profiler.start');
    },
    async profileStop() {
      const { profile } = await post('Profiler.stop');
      session.disconnect();
      return profile;
    },
  };
}
