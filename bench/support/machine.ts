import { cpus, loadavg, totalmem } from 'node:os';

/** What the figures were taken on; without it they say nothing. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  /** Processes wanting to run, averaged over the last minute, when asked: above 0 at the start is somebody else. */
  readonly load: number;
  /** Smallest step of the clock of call durations seen in a thousand readings. */
  readonly timerResolutionUs: number;
}

export function describeMachine(): Machine {
  const all = cpus();
  return {
    cpu: all[0]?.model ?? 'unknown',
    cores: all.length,
    memoryBytes: totalmem(),
    load: loadavg()[0] ?? Number.NaN,
    timerResolutionUs: timerResolutionUs(),
  };
}

export function machineLine(machine: Machine): string {
  const gigabytes = (machine.memoryBytes / 1e9).toFixed(0);
  const resolution = machine.timerResolutionUs.toFixed(3);
  return `${machine.cpu}, ${machine.cores} cores, ${gigabytes} GB, load ${machine.load.toFixed(2)} at the start, timer resolution ${resolution} µs`;
}

function timerResolutionUs(): number {
  let smallestMs = Number.POSITIVE_INFINITY;
  for (let reading = 0; reading < 1000; reading += 1) {
    const from = performance.now();
    let to = performance.now();
    while (to === from) to = performance.now();
    smallestMs = Math.min(smallestMs, to - from);
  }
  return smallestMs * 1000;
}
