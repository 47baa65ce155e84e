import { constants } from 'node:os';
import { isatty } from 'node:tty';
import spawn from 'cross-spawn';

/** How a started program ended, or why it did not start. */
export type ProgramEnd =
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: NodeJS.Signals }
  | { readonly kind: 'failed'; readonly code: number; readonly reason: string };

/** What shells answer for a command that does not exist, and for one that cannot be executed. */
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;

const ASKING_TO_END: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR2', 'SIGBREAK'];

/** Signals by what to do with them while a program runs. */
export interface SignalPlan {
  /** Passed on to the program. */
  readonly forward: readonly NodeJS.Signals[];
  /** The program gets them without us; we only must not end before it. */
  readonly outlive: readonly NodeJS.Signals[];
}

/**
 * What to do with signals while a program runs.
 *
 * A terminal sends Ctrl-C and Ctrl-\ to every process in its foreground: passing them on would deliver them twice, and many
 * programs take the second as an order to stop at once. Windows does so for every console event, and its `kill` would
 * end the program without asking.
 */
export function planSignals(platform: NodeJS.Platform, hasTerminal: boolean): SignalPlan {
  const known = ASKING_TO_END.filter((signal) =>
    platform === 'win32' ? ['SIGINT', 'SIGBREAK', 'SIGHUP'].includes(signal) : signal !== 'SIGBREAK',
  );
  const byTerminal = (signal: NodeJS.Signals): boolean =>
    platform === 'win32' || (hasTerminal && (signal === 'SIGINT' || signal === 'SIGQUIT'));
  return { forward: known.filter((signal) => !byTerminal(signal)), outlive: known.filter(byTerminal) };
}

/** Starts a program on the standard streams of this process, as they are, and answers how it ended. Never rejects. */
export function startProgram(
  [command = '', ...args]: readonly string[],
  options: { readonly env: Readonly<Record<string, string | undefined>>; readonly cwd: string },
): Promise<ProgramEnd> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: 'inherit', env: options.env, cwd: options.cwd });
    const plan = planSignals(process.platform, isatty(0) || isatty(1) || isatty(2));
    const listeners = [
      ...plan.forward.map((signal) => [signal, () => void child.kill(signal)] as const),
      ...plan.outlive.map((signal) => [signal, () => {}] as const),
    ];
    const settle = (end: ProgramEnd): void => {
      for (const [signal, listener] of listeners) process.off(signal, listener);
      resolve(end);
    };
    for (const [signal, listener] of listeners) process.on(signal, listener);
    child.once('error', (error: NodeJS.ErrnoException) => {
      const missing = error.code === 'ENOENT';
      settle({
        kind: 'failed',
        code: missing ? NOT_FOUND : NOT_EXECUTABLE,
        reason: missing ? 'there is no such command' : error.message,
      });
    });
    child.once('exit', (code, signal) => {
      settle(signal === null ? { kind: 'exit', code: code ?? 0 } : { kind: 'signal', signal });
    });
  });
}

/** The exit code shells show for a program that ended by a signal. */
export function exitCodeOfSignal(signal: NodeJS.Signals): number {
  return 128 + (constants.signals[signal] ?? 0);
}
