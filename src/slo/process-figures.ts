import type { ProcessFigures } from './process-judge.ts';

/** Reads what objectives on the process are judged by; some 20 µs. */
export function readProcess(): ProcessFigures {
  const { user, system } = process.cpuUsage();
  return { residentBytes: process.memoryUsage.rss(), cpuSeconds: (user + system) / 1e6 };
}
