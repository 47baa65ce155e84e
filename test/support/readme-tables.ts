import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { formatOptionsMarkdown } from '../../src/config/index.ts';
import { HOST_STREAMS } from '../../src/semconv/host-streams.ts';
import { prometheusName } from '../../src/semconv/prometheus-name.ts';
import { RUNTIME_STREAMS } from '../../src/semconv/runtime-streams.ts';
import type { Stream } from '../../src/semconv/stream.ts';
import { STREAMS } from '../../src/semconv/streams.ts';
import { defaultObjectives } from '../../src/slo/default-objectives.ts';
import { frameworkTable } from './framework-table.ts';
import { ruleTable } from './rule-table.ts';

const README = fileURLToPath(new URL('../../README.md', import.meta.url));

function streamTable(streams: readonly Stream[]): string {
  const rows = streams.map(({ name, kind, unit, description, attributes }) => {
    const labels = attributes.map((attribute) => `\`${attribute}\``).join(', ') || '–';
    const prometheus = prometheusName({ name, kind, unit });
    return `| \`${name}\` | ${kind}, ${unit} | \`${prometheus}\` | ${labels} | ${description} |`;
  });
  return ['| metric | kind, unit | in Prometheus | attributes | what |', '|---|---|---|---|---|', ...rows].join('\n');
}

const UNITS: Readonly<Record<string, (target: number) => string>> = {
  latency: (ms) => `${ms} ms`,
  success: (ratio) => `${+(100 * ratio).toFixed(3)} %`,
  availability: (ratio) => `${+(100 * ratio).toFixed(3)} %`,
  memory: (bytes) => `${bytes / 1e6} MB`,
  cpu: (cores) => `${cores} cores`,
};

/** The default objectives of the production profile, as they would be written. */
function objectiveTable(): string {
  const rows = defaultObjectives('production', ['those in tools.fast']).map((objective) => {
    const { operation, tool, method, component, stage, ...targets } = objective;
    const subjects = Object.entries({ operation, tool, method, component, stage }).filter(
      ([, name]) => name !== undefined,
    );
    const shown = Object.entries(targets).map(([target, value]) => {
      const show = UNITS[target] ?? UNITS['latency'];
      return typeof value === 'number' && show !== undefined ? `${target} ${show(value)}` : `${target} ${value}`;
    });
    const about = subjects.map(([subject, name]) => `${subject} \`${name}\``).join(', ') || 'the process';
    return `| ${about} | ${shown.join(', ')} |`;
  });
  return ['| about | target |', '|---|---|', ...rows].join('\n');
}

/** Tables of the README that are generated from the code, by the name in their markers. */
const TABLES: Readonly<Record<string, () => string>> = {
  metrics: () => streamTable(STREAMS),
  'runtime-metrics': () => streamTable(RUNTIME_STREAMS),
  'host-metrics': () => streamTable(HOST_STREAMS),
  objectives: objectiveTable,
  rules: ruleTable,
  options: () => formatOptionsMarkdown().trimEnd(),
  frameworks: frameworkTable,
};

/** The README with every generated table as the code has it now. */
export function withCurrentTables(readme: string): string {
  return Object.entries(TABLES).reduce((text, [name, table]) => {
    const between = new RegExp(`(<!-- generated: ${name} -->\n)[\\s\\S]*?(\n<!-- end -->)`);
    if (!between.test(text)) throw new Error(`README.md has no markers for the table ${name}`);
    return text.replace(between, (_, begin: string, end: string) => `${begin}${table()}${end}`);
  }, readme);
}

export function readReadme(): string {
  return readFileSync(README, 'utf8');
}

// `npm run docs:update` runs this file; importing it changes nothing.
if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(README, withCurrentTables(readReadme()));
