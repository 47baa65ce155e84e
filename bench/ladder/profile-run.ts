import { writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { signed, table } from '../support/table.ts';
import { type Cost, summarizeProfile } from './profile.ts';
import { BARE, rowById } from './rows.ts';
import { assertMeasured } from './schedule.ts';
import { type CpuProfile, type SubjectOptions, startSubject } from './subject.ts';

const INTERVAL_US = 100;
const FUNCTIONS_SHOWN = 40;
const OTHERS_SHOWN = 20;

export interface ProfileOptions {
  readonly row: string;
  readonly calls: number;
  readonly cpuProfile: string | undefined;
}

/** Profiles a row and bare, and says what the row's time went into, µs a call. */
export async function profileRow(options: ProfileOptions, common: Omit<SubjectOptions, 'row'>): Promise<string> {
  const { calls } = options;
  const row = rowById(options.row);
  const buildUrl = pathToFileURL(common.build.folder).href;
  const profile = await record({ ...common, row }, calls);
  if (options.cpuProfile !== undefined) await writeFile(options.cpuProfile, JSON.stringify(profile));
  const measured = summarizeProfile(profile, buildUrl, calls);
  const bare = summarizeProfile(await record({ ...common, row: rowById(BARE) }, calls), buildUrl, calls);

  const groups = growth(measured.groups, bare.groups);
  const others = growth(measured.others, bare.others).slice(0, OTHERS_SHOWN);
  const functions = measured.ours.slice(0, FUNCTIONS_SHOWN).map(({ name, selfUs }) => [name, selfUs.toFixed(3)]);
  return [
    `self time by origin, µs a call, ${calls} calls`,
    ...table([['', row.id, BARE, 'added'], ...groups]),
    '',
    'functions elsewhere that take more than in the bare process',
    ...table([['', row.id, BARE, 'added'], ...others]),
    '',
    'self time of the functions of the product, built-ins they call on lines of their own, µs a call',
    ...table([['', 'self'], ...functions]),
  ].join('\n');
}

/** Lines of what grew, the largest growth first. */
function growth(measured: readonly Cost[], bare: readonly Cost[]): string[][] {
  const bareUs = new Map(bare.map(({ name, selfUs }) => [name, selfUs]));
  return measured
    .map(({ name, selfUs }) => ({ name, selfUs, before: bareUs.get(name) ?? 0 }))
    .sort((left, right) => right.selfUs - right.before - (left.selfUs - left.before))
    .map(({ name, selfUs, before }) => [name, selfUs.toFixed(2), before.toFixed(2), signed(selfUs - before)]);
}

async function record(options: SubjectOptions, calls: number): Promise<CpuProfile> {
  const subject = await startSubject(options);
  try {
    const warmUpCalls = Math.ceil(calls / 2);
    await subject.run(warmUpCalls);
    const profile = await subject.profile(calls, INTERVAL_US);
    await assertMeasured(options.row, subject, 1 + warmUpCalls + calls);
    return profile;
  } finally {
    await subject.close();
  }
}
