import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { formatOptionsMarkdown } from '../../src/config/index.ts';
import { HOST_STREAMS } from '../../src/semconv/host-streams.ts';
import { prometheusName } from '../../src/semconv/prometheus-name.ts';
import { RUNTIME_STREAMS } from '../../src/semconv/runtime-streams.ts';
import type { Stream } from '../../src/semconv/stream.ts';
import { STREAMS } from '../../src/semconv/streams.ts';
import { defaultObjectives } from '../../src/slo/default-objectives.ts';
import { commandReference } from './command-table.ts';
import { DOCUMENTS, readDocument } from './documents.ts';
import { frameworkTable } from './framework-table.ts';
import { pageSize } from './page-size.ts';
import { ruleTable } from './rule-table.ts';

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

/** The streams of the product, in the groups of the documentation: the first whose pattern matches has a stream. */
const STREAM_GROUPS: Readonly<Record<string, RegExp>> = {
  'metrics-self': /^mcp_vitals\.self\./,
  'metrics-components': /^(db\.|mcp_vitals\.(component|cache|pool|database|batch)\.)/,
  'metrics-judgement': /^mcp_vitals\.(operation\.latency|objective|alerts|health|anomaly|baseline|pressure)(\.|$)/,
  'metrics-operations': /./,
};

function groupTable(group: string): string {
  const groupOf = (name: string): string | undefined =>
    Object.keys(STREAM_GROUPS).find((candidate) => STREAM_GROUPS[candidate]?.test(name));
  return streamTable(STREAMS.filter(({ name }) => groupOf(name) === group));
}

/** Parts of the documents that are generated from the code, by the name in their markers. */
const TABLES: Readonly<Record<string, () => string>> = {
  ...Object.fromEntries(Object.keys(STREAM_GROUPS).map((group) => [group, () => groupTable(group)])),
  'runtime-metrics': () => streamTable(RUNTIME_STREAMS),
  'host-metrics': () => streamTable(HOST_STREAMS),
  objectives: objectiveTable,
  rules: ruleTable,
  options: () => formatOptionsMarkdown().trimEnd(),
  frameworks: frameworkTable,
  commands: commandReference,
  'page-size': pageSize,
};

/** Names of every generated part; each stands in exactly one document. */
export const TABLE_NAMES: readonly string[] = Object.keys(TABLES);

/** Names of the generated parts of a text. */
export function tablesIn(markdown: string): readonly string[] {
  return [...markdown.matchAll(/^<!-- generated: ([\w-]+) -->$/gm)].map(([, name]) => name as string);
}

/** A text with each of its generated parts as the code has it now. */
export function withCurrentTables(markdown: string): string {
  return tablesIn(markdown).reduce((text, name) => {
    const table = TABLES[name];
    if (table === undefined) throw new Error(`nothing generates the part ${name}`);
    const between = new RegExp(`(<!-- generated: ${name} -->\n)[\\s\\S]*?(?<=\n)(<!-- end -->)`);
    return text.replace(between, (_, begin: string, end: string) => `${begin}${table()}\n${end}`);
  }, markdown);
}

// `npm run docs:update` runs this file; importing it changes nothing.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const path of DOCUMENTS) {
    writeFileSync(new URL(`../../${path}`, import.meta.url), withCurrentTables(readDocument(path)));
  }
}
