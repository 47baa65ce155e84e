/**
 * One of the timers the product keeps running, alone in a process. Arguments: which, and seconds to look at it. Answers the share of a
 * core in per cent and how often a second the process was woken.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as after } from 'node:timers/promises';
import { LoopLog } from '../../src/alerts/recommendations/loop-log.ts';
import { LoopWatch } from '../../src/alerts/recommendations/loop-watch.ts';
import { systemClock } from '../../src/core/clock.ts';
import { EventLoopDelayMonitor } from '../../src/runtime/event-loop-delay.ts';
import { idleMs } from '../../src/runtime/idle-time.ts';
import { ProcessorWait } from '../../src/runtime/processor-wait.ts';

const WARM_UP_MS = 2_000;

const ELEMENTS: Readonly<Record<string, () => void>> = {
  nothing: () => {},
  'event-loop delay': () => new EventLoopDelayMonitor().start(0),
  'loop watch, without the scheduler’s account': () =>
    new LoopWatch(systemClock, new LoopLog(), () => ({ idleMs: idleMs(), processor: undefined })).start(),
  'loop watch': () => {
    const processor = new ProcessorWait();
    new LoopWatch(systemClock, new LoopLog(), () => ({ idleMs: idleMs(), processor: processor.read() })).start();
  },
};

/** Processor time and turns of this thread alone: the one that compiles this file is none of the product's. */
function account(): { seconds: number; switches: number } {
  const [ranNs = ''] = readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ');
  const status = readFileSync('/proc/thread-self/status', 'utf8');
  return {
    seconds: Number(ranNs) / 1e9,
    switches: Number(/^voluntary_ctxt_switches:\s*(\d+)/m.exec(status)?.[1]),
  };
}

const [element = '', seconds = '10'] = process.argv.slice(2);
ELEMENTS[element]?.();
await after(WARM_UP_MS);
const [before, begin] = [account(), performance.now()];
await after(Number(seconds) * 1000);
const [now, elapsed] = [account(), (performance.now() - begin) / 1000];
const percent = (100 * (now.seconds - before.seconds)) / elapsed;
process.stdout.write(JSON.stringify({ percent, wakes: (now.switches - before.switches) / elapsed }));
process.exit();
