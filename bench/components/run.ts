/**
 * What component time costs on the request path: nothing used, and beside it what a call costs that is used. `npm run
 * bench:components`. Rounds of all subjects take turns in random order; a figure is the median of the rounds less that of the
 * loop itself. Judges that an operation without a component costs less than `LIMIT_NS`, beyond what the rounds scatter.
 */
import { performance } from 'node:perf_hooks';
import { ROOT_CONTEXT } from '@opentelemetry/api';
import { ComponentRegistry } from '../../src/components/time/component-registry.ts';
import { createTiming } from '../../src/components/timers/timing.ts';
import type { ComponentRef } from '../../src/core/call-log.ts';
import { OperationTracker } from '../../src/sdk/component-tracker.ts';
import { createComponentsPart } from '../../src/sdk/components-part.ts';
import { OperationContext } from '../../src/sdk/operation-context.ts';
import { seededRandom, shuffled, spreadOf } from '../support/statistics.ts';
import { table } from '../support/table.ts';

const ROUNDS = 60;
const WARM_UP = 10;
const CALLS = 30_000;
/** A comparison, well below what can be told from noise by calls of a server, which take microseconds. */
const LIMIT_NS = 20;

type Part = ReturnType<typeof createComponentsPart>;
type Finished = Parameters<NonNullable<Part['onFinished']>>;

const random = seededRandom(20_261_121);
const now = performance.now.bind(performance);
const guard = <Result>(fn: () => Result): Result => fn();
let active = ROOT_CONTEXT;
const contexts = { active: () => active, run: <Result>(_: unknown, fn: () => Result): Result => fn() };
const part = createComponentsPart({
  boundaries: [0.001, 0.01, 0.1],
  config: { limits: { components: 50 } } as never,
  instrumentation: { now, guard } as never,
  contexts,
  provider: () => undefined,
});
const tracker = new OperationTracker({ registry: new ComponentRegistry(50), contexts, now, guard });
const stagesMs = new Float64Array(7).fill(0.1);
const entry = { name: 'tools/call search', targetKind: 'tool', target: 'search' } as Finished[1];
/** As many as a server has at the same time, so that nothing is known of the one that comes. */
const operations = Array.from(
  { length: 64 },
  () => ({ calls: undefined, finished: false, executionFrom: 1, handlerFrom: 1, sendTo: 2 }) as unknown as Finished[0],
);
const unmeasured = createTiming(() => undefined);
const work = (): number => 1;
const postgres: ComponentRef = { kind: 'database', name: 'postgresql' };

/** Every subject is asked for each call of a round, and answers something that is added up, so that none is left out. */
const SUBJECTS: Readonly<Record<string, (call: number) => number>> = {
  'the loop itself': (call) => call & 1,
  'an operation that uses no component': (call) =>
    part.onFinished?.(operations[call & 63] as Finished[0], entry, stagesMs) === true ? 1 : 0,
  'a stage in code, not measured': () => unmeasured.stage('rank', work),
  'a request outside of any operation': () => (tracker.begin(postgres, 'channel') === undefined ? 0 : 1),
  'a call, filed with its operation': (call) => {
    const operation = { calls: undefined, finished: false } as unknown as Finished[0];
    active = new OperationContext(ROOT_CONTEXT, operation) as never;
    tracker.begin(postgres, 'channel')?.end(false);
    active = ROOT_CONTEXT;
    return operation.calls?.close(0, call).components.length ?? 0;
  },
};

/** CPU time, which does not depend on what else the machine does. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

const perCall = new Map<string, number[]>(Object.keys(SUBJECTS).map((name) => [name, []]));
let checksum = 0;
for (let round = 0; round < WARM_UP + ROUNDS; round += 1) {
  for (const [name, subject] of shuffled(Object.entries(SUBJECTS), random)) {
    const begin = cpuMs();
    for (let call = 0; call < CALLS; call += 1) checksum += subject(call);
    const nanos = ((cpuMs() - begin) * 1e6) / CALLS;
    if (round >= WARM_UP) perCall.get(name)?.push(nanos);
  }
}

const loop = perCall.get('the loop itself') ?? [];
const added = [...perCall].map(([name, nanos]) => ({
  name,
  ...spreadOf(nanos.map((one, at) => one - (loop[at] ?? 0))),
}));
const rows = added.map(({ name, median, q1, q3, uncertainty }) => [
  name,
  median.toFixed(1),
  `±${uncertainty.toFixed(1)}`,
  `${q1.toFixed(1)} to ${q3.toFixed(1)}`,
]);
process.stdout.write(`${table([['a call, beyond the loop', 'ns', '', 'quartiles'], ...rows]).join('\n')}\n`);
process.stdout.write(`loop ${spreadOf(loop).median.toFixed(1)} ns, checksum ${checksum}\n`);
const unused = added.find(({ name }) => name === 'an operation that uses no component');
if (unused === undefined || unused.median - unused.uncertainty > LIMIT_NS) {
  process.stderr.write(`FAILED: an operation that uses no component costs more than ${LIMIT_NS} ns\n`);
  process.exitCode = 1;
}
