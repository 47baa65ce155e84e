import { type Clock, systemClock } from './clock.ts';

/** Severity of a diagnostic line, most severe first. `off` silences everything. */
export const LOG_LEVELS = ['off', 'error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Sink of diagnostics. Never stdout: on stdio transports stdout carries the protocol. */
export type DiagSink = (line: string) => void;

/**
 * Rate-limited diagnostics of the product itself.
 *
 * The first message of a topic is written at once; while it repeats within `quietMs` it is only counted, and the next
 * line of that topic says how many were held back. Topics are bounded; beyond the bound all share one.
 */
export interface Diag {
  level: LogLevel;
  error(topic: string, message: string): void;
  warn(topic: string, message: string): void;
  info(topic: string, message: string): void;
  debug(topic: string, message: string): void;
}

const MAX_TOPICS = 64;

function writeToStderr(line: string): void {
  try {
    process.stderr.write(line);
  } catch {
    // A closed stderr must never break the server; there is nowhere left to report to.
  }
}

/**
 * Creates a diagnostics writer.
 *
 * @param options.level most verbose level written, default `warn`
 * @param options.quietMs time a repeated topic stays silent, default 30,000 ms
 */
export function createDiag(options: { level?: LogLevel; sink?: DiagSink; clock?: Clock; quietMs?: number } = {}): Diag {
  const sink = options.sink ?? writeToStderr;
  const clock = options.clock ?? systemClock;
  const quietMs = options.quietMs ?? 30_000;
  const topics = new Map<string, { writtenAt: number; held: number }>();

  const write = (diag: Diag, level: LogLevel, topic: string, message: string): void => {
    if (LOG_LEVELS.indexOf(level) > LOG_LEVELS.indexOf(diag.level)) return;
    const key = topics.has(topic) || topics.size < MAX_TOPICS ? topic : 'other';
    const seen = topics.get(key);
    const now = clock.now();
    if (seen !== undefined && now - seen.writtenAt < quietMs) {
      seen.held += 1;
      return;
    }
    const held = seen?.held ?? 0;
    topics.set(key, { writtenAt: now, held: 0 });
    const suffix = held > 0 ? ` (${held} similar held back)` : '';
    sink(`mcp-vitals ${level}: ${message}${suffix}\n`);
  };

  const diag: Diag = {
    level: options.level ?? 'warn',
    error: (topic, message) => write(diag, 'error', topic, message),
    warn: (topic, message) => write(diag, 'warn', topic, message),
    info: (topic, message) => write(diag, 'info', topic, message),
    debug: (topic, message) => write(diag, 'debug', topic, message),
  };
  return diag;
}
