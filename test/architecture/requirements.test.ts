import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { REQUIREMENTS, type Requirement } from '../requirements.ts';
import { compareCitations, scanCitations } from './citations.ts';
import { ROOT, readSources } from './source-files.ts';

/** This file cites invented ids on purpose, to prove that the gate notices them. */
const SELF = 'test/architecture/requirements.test.ts';
const MATRIX = `${ROOT}../shared/requirements.md`;

/** Fewer than this means that the walker went blind; raise them as the suite grows. */
const MIN_TEST_FILES = 20;
const MIN_CITATIONS = 20;

if (!existsSync(MATRIX)) console.warn('the requirement matrix is not beside the checkout: its ids are not compared');

const tests = readSources('test', /\.test\.ts$/).filter((file) => file.path !== SELF);
const scan = scanCitations(tests);

describe('the requirement manifest', () => {
  test('holds every id once, in the form of an id, with a capability and a source', () => {
    const ids = REQUIREMENTS.map((row) => row.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(60);
    for (const row of REQUIREMENTS) {
      expect(row.id).toMatch(/^[A-Z]{3}-\d{2}$/);
      expect(row.capability).not.toBe('');
      expect(row.sources).toMatch(/^[A-EO]+$/);
    }
  });

  test.skipIf(!existsSync(MATRIX))('holds exactly the ids and sources of the requirement matrix, in its order', () => {
    const rows = [...readFileSync(MATRIX, 'utf8').matchAll(/^\| ([A-Z]{3}-\d{2}) \|.*\| ([A-Z, ]+) \|$/gm)];
    expect(rows.length).toBeGreaterThan(60);
    expect(REQUIREMENTS.map((row) => `${row.id} ${row.sources}`)).toEqual(
      rows.map((row) => `${row[1]} ${row[2]?.replaceAll(', ', '')}`),
    );
  });
});

describe('the citations in the tests', () => {
  test('are read from a test suite that is really there', () => {
    expect(tests.length).toBeGreaterThanOrEqual(MIN_TEST_FILES);
    expect(scan.citations.length).toBeGreaterThanOrEqual(MIN_CITATIONS);
  });

  test('are literal ids in tests that run', () => {
    expect(scan.problems).toEqual([]);
  });

  test('cover every due requirement and cite no unknown or planned one', () => {
    expect(compareCitations(REQUIREMENTS, scan.citations)).toEqual([]);
  });
});

describe('the gate itself', () => {
  const row = (id: string, status: Requirement['status']): Requirement => ({
    id,
    status,
    capability: 'x',
    sources: 'O',
  });
  const manifest = [row('AAA-01', 'due'), row('AAA-02', 'planned')];
  const read = (text: string) => scanCitations([{ path: 'test/a.test.ts', text }]);

  test('reads one or several ids of a call, over several lines, and says where', () => {
    const { citations, problems } = read(`test('t', () => {\n  verifies(\n    'AAA-01',\n    "AAA-02",\n  );\n});`);
    expect(problems).toEqual([]);
    expect(citations).toEqual([
      { id: 'AAA-01', where: 'test/a.test.ts:2' },
      { id: 'AAA-02', where: 'test/a.test.ts:2' },
    ]);
  });

  test('does not take a comment, another function or a declaration for a citation', () => {
    expect(read(`// verifies('AAA-01')\n/* verifies('AAA-01') */ x.verifies('AAA-01');`).citations).toEqual([]);
  });

  test.each([
    ['verifies(ID)', 'ID is not a literal requirement id'],
    ["verifies('nonsense')", "'nonsense' is not a literal requirement id"],
    ['verifies()', 'cites nothing'],
    ["test.skip('later', () => {})", '.skip keeps tests from running'],
    ["describe.concurrent.only('x', f)", '.only keeps tests from running'],
    ["it.todo('x')", '.todo keeps tests from running'],
  ])('rejects %s', (text, problem) => {
    expect(read(text).problems).toEqual([`test/a.test.ts:1: ${problem}`]);
  });

  test('accepts tests that run under a condition', () => {
    expect(read("test.skipIf(windows)('x', f); test.runIf(linux)('y', f);").problems).toEqual([]);
  });

  test('accepts a due requirement that is cited', () => {
    expect(compareCitations(manifest, read("verifies('AAA-01')").citations)).toEqual([]);
  });

  test('reports a due requirement that nobody cites', () => {
    expect(compareCitations(manifest, [])).toEqual(['AAA-01 is due and no test cites it: x']);
  });

  test('reports a planned requirement that is cited, and an unknown id', () => {
    const { citations } = read("verifies('AAA-01', 'AAA-02', 'ZZZ-99')");
    expect(compareCitations(manifest, citations)).toEqual([
      'test/a.test.ts:1: ZZZ-99 is not in the manifest',
      'test/a.test.ts:1: AAA-02 is cited; flip it from planned to due in test/requirements.ts',
    ]);
  });
});
