import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { freezeBuild } from '../support/build.ts';
import { describeMachine, machineLine } from '../support/machine.ts';
import { positiveInteger } from '../support/options.ts';
import { createSurroundings } from '../support/surroundings.ts';
import { type Added, measureAdded } from './added.ts';
import { measureFrames } from './frames.ts';
import { measureTicks } from './ticks.ts';

const PARTS = ['ticks', 'frames', 'pages'] as const;

const { values } = parseArgs({
  options: {
    part: { type: 'string', multiple: true },
    rounds: { type: 'string' },
    long: { type: 'boolean', default: false },
    build: { type: 'string', default: 'dist' },
    json: { type: 'string' },
  },
});
const wanted = new Set(values.part ?? PARTS);
for (const part of wanted) {
  if (!PARTS.some((known) => known === part)) throw new RangeError(`--part is one of ${PARTS.join(', ')}, got ${part}`);
}
const pairs = positiveInteger('rounds', values.rounds) ?? (values.long ? 10 : 3);

console.log(machineLine(describeMachine()));
const bench = { build: freezeBuild(values.build), surroundings: await createSurroundings() };
const problems: string[] = [];
let added: Added | undefined;
try {
  if (wanted.has('ticks')) await measureTicks(bench);
  if (wanted.has('frames')) problems.push(...(await measureFrames(bench)));
  if (wanted.has('pages')) {
    console.log('');
    added = await measureAdded(bench, {
      pairs,
      openMs: values.long ? 60_000 : 15_000,
      aloneMs: values.long ? 30_000 : 15_000,
    });
    problems.push(...added.problems);
  }
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(added ?? {}, null, 2)}\n`);
} finally {
  await bench.surroundings.remove();
  bench.build.remove();
}
for (const problem of problems) console.error(`FAILED: ${problem}`);
if (problems.length > 0) process.exitCode = 1;
