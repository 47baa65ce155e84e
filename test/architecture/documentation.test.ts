import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseOptions, USAGE } from '../../examples/knowledge-base/demo/options.js';
import { expectedDelaySeconds } from '../../src/alerts/anomaly/latency-detector.ts';
import { COMMANDS } from '../../src/cli/commands.ts';
import { parseArguments } from '../../src/cli/parse-arguments.ts';
import { fieldAt, SETTING_PATHS } from '../../src/config/fields.ts';
import { PUBLIC_SURFACE } from '../package/public-surface.ts';
import { codeBlocks, DOCUMENTS, readDocument, SHIPPED } from '../support/documents.ts';
import { ROOT, readSources } from './source-files.ts';

const packageJson = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as {
  exports: Record<string, unknown>;
  engines: { node: string };
  dependencies: Record<string, string>;
};
const texts = DOCUMENTS.map((path) => ({ path, text: readDocument(path) }));

/** Inline code of a text, fenced blocks left out. */
const inlineCode = (markdown: string): string[] =>
  [...markdown.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/`([^`\n]+)`/g)].map(([, code]) => code as string);

/** What somebody would type: lines of shell blocks without comments and prompts, and inline code. */
const typed: readonly string[] = [
  ...codeBlocks(DOCUMENTS)
    .filter(({ language }) => ['sh', 'console', 'dockerfile'].includes(language))
    .flatMap(({ code }) => code.split('\n')),
  ...texts.flatMap(({ text }) => inlineCode(text)),
].map((line) => line.replace(/^\$ /, '').replace(/\s+# .*$/, ''));

/** The arguments after the name of the program, as a shell would split them (nothing here is quoted). */
const ourCommands: readonly string[][] = typed.flatMap((line) =>
  line
    .split(/ && | \| /)
    .filter((command) => /^(npx (-y )?)?mcp-vitals /.test(command))
    .map((command) => command.replace(/^(npx (-y )?)?mcp-vitals /, '').split(/\s+/)),
);

describe('what the documentation says', () => {
  it('of the command line is understood by it', () => {
    expect(ourCommands.length).toBeGreaterThan(20);
    for (const [name = '', ...rest] of ourCommands) {
      const spec = COMMANDS.find((command) => command.name === name);
      expect(spec, `mcp-vitals ${name}`).toBeDefined();
      // `mcp-vitals run --` alone stands for what is put before a command.
      if (spec === undefined || rest.at(-1) === '--') continue;
      // A name alone is mentioned and not called.
      if (rest.length > 0) expect(() => parseArguments(spec, rest), [name, ...rest].join(' ')).not.toThrow();
    }
  });

  it('of the demo are options it takes, and its help has them all', () => {
    const calls = typed.flatMap((line) =>
      [...line.matchAll(/npm run demo -- (.+)$/g)].map(([, options = '']) => options),
    );
    expect(calls.length).toBeGreaterThan(2);
    for (const options of calls) expect(() => parseOptions(options.split(/\s+/)), options).not.toThrow();
    const taken = [...parseOptions.toString().matchAll(/^ {6}'?([\w-]+)'?: \{ type:/gm)].map(([, name]) => name);
    expect(taken.length).toBeGreaterThan(5);
    for (const name of taken) expect(USAGE, name).toContain(`--${name} `);
  });

  it('of modules to load names entries of the package', () => {
    const code = [...typed, ...codeBlocks(DOCUMENTS).map((block) => block.code)].join('\n');
    const entries = [...code.matchAll(/(?<![\w./-])mcp-vitals(\/[\w-]+)?(?=[\s'"`;,]|$)/g)];
    const named = new Set(entries.flatMap(([, entry]) => (entry === undefined ? [] : [`.${entry}`])));
    expect([...named].sort()).toEqual(expect.arrayContaining(['./register', './mcp', './alerts', './semconv']));
    for (const entry of named) expect(packageJson.exports, entry).toHaveProperty([entry]);
  });

  it('of names "of" an entry of the package is what that entry exports', () => {
    const all = texts.flatMap(({ text }) => [...text.matchAll(/`(\w+)(?:\(\))?` of\s`mcp-vitals(\/\w+)?`/g)]);
    expect(all.length).toBeGreaterThan(0);
    for (const [said, name, entry = ''] of all) expect(PUBLIC_SURFACE[`.${entry}`], said).toContain(name);
  });

  it('of environment variables are variables of the table of settings', () => {
    const known = new Set(SETTING_PATHS.map((path) => fieldAt(path).env));
    const named = texts.flatMap(({ text }) => [...text.matchAll(/\b(?:MCP_VITALS|OTEL)_[A-Z_]*[A-Z]\b/g)]);
    expect(new Set(named.map(([name]) => name)).size).toBeGreaterThan(50);
    for (const [name] of named) expect(known, name).toContain(name);
  });

  it('of settings are settings', () => {
    const groups = new Set(SETTING_PATHS.filter((path) => path.includes('.')).map((path) => path.split('.')[0]));
    const attributes = ['service.version', 'service.instance.id'];
    const named = SHIPPED.flatMap((path) => inlineCode(readDocument(path)))
      .filter((code) => /^\w+\.\w+$/.test(code) && groups.has(code.split('.')[0]))
      .filter((code) => !attributes.includes(code) && !/\.(js|ts|md|yaml)$/.test(code));
    expect(named.length).toBeGreaterThan(50);
    for (const name of named) expect(SETTING_PATHS, name).toContain(name);
  });

  it('of metrics and attributes of ours are names of the telemetry', () => {
    const sources = readSources('src', /\.ts$/).map(({ text }) => text);
    const declared = new Set(
      sources.flatMap((text) => [...text.matchAll(/'(mcp_vitals\.[\w.]+)'/g)].map(([, n]) => n)),
    );
    const named = new Set(
      texts.flatMap(({ text }) => inlineCode(text)).filter((code) => /^mcp_vitals\.[\w.]+$/.test(code)),
    );
    expect(named.size).toBeGreaterThan(30);
    for (const name of named) expect(declared, name).toContain(name);
  });

  it('of frameworks, Node.js and OpenTelemetry in the README is what was measured and what the manifest asks for', () => {
    const readme = readDocument('README.md');
    const row = (name: string): string => new RegExp(`^\\| ${name} \\| (.*) \\|$`, 'm').exec(readme)?.[1] ?? '';
    const measured = JSON.parse(readFileSync(`${ROOT}test/golden/frameworks.json`, 'utf8')) as { name: string }[];
    expect(inlineCode(row('frameworks'))).toEqual(measured.map(({ name }) => name));
    expect(`>=${row('Node.js').split(' ')[0]}`).toBe(packageJson.engines.node);
    const lines = packageJson.dependencies['@opentelemetry/sdk-metrics']?.replaceAll(/\.0\b(?= |$)/g, '').split(' || ');
    expect(row('OpenTelemetry JS')).toMatch(new RegExp(`^${lines?.join(' and ')},`));
  });

  it('of the number of default rules is what the table of rules has', () => {
    const table = /<!-- generated: rules -->\n([\s\S]*?)\n<!-- end -->/.exec(
      readDocument('docs/objectives-and-alerts.md'),
    );
    const rows = (table?.[1] ?? '').split('\n').length - 2;
    expect(readDocument('README.md')).toMatch(new RegExp(`^${rows} rules are there`, 'm'));
  });

  it('of the delay of the anomaly detection is what its formula gives', () => {
    const factors: Readonly<Record<string, number>> = {
      'half as slow again': 1.5,
      'twice as slow': 2,
      'five times': 5,
    };
    const rows = readDocument('docs/health.md')
      .split('\n')
      .map((line) => line.split('|').map((cell) => cell.trim()));
    const rates = rows.find(([, head]) => head === 'requests per second')?.slice(2, -1) ?? [];
    expect(rates).toHaveLength(4);
    for (const [name, factor] of Object.entries(factors)) {
      const said = rows.find(([, head]) => head === name)?.slice(2, -1);
      expect(said, name).toEqual(
        rates.map((rate) => `${Math.round(expectedDelaySeconds(factor, Number(rate), 0.7))} s`),
      );
    }
  });

  it('of the doctor has a row for every check', () => {
    const sources = readSources('src/cli/doctor', /\.ts$/).map(({ text }) => text);
    const checks = sources.flatMap((text) =>
      [...text.matchAll(/\b(?:ok|problem|warning|report)\(\s*'([\w-]+)'/g)].map(([, name]) => name as string),
    );
    const rows = [...readDocument('docs/troubleshooting.md').matchAll(/^\| `([\w-]+)` \|/gm)].map(([, name]) => name);
    expect(rows.length).toBeGreaterThan(10);
    expect([...rows].sort()).toEqual([...new Set(checks)].sort());
  });

  it('of the paths of the endpoint is a row for each, and whether it asks for the token', () => {
    const sources = ['routes.ts', 'api-routes.ts', 'request-handler.ts', 'sessions.ts'].map((name) =>
      readFileSync(`${ROOT}src/status/${name}`, 'utf8'),
    );
    const paths = sources.flatMap((text) =>
      [...text.matchAll(/'(\/(?:api|health|metrics)[\w/]*|\/)'/g)].map(([, path]) => path),
    );
    const rows = [...readDocument('docs/api.md').matchAll(/^\| `(\/[\w/]*)` \| (yes|no) \|/gm)];
    expect(rows.map(([, path]) => path).sort()).toEqual([...new Set(paths)].sort());
    const open = sources.flatMap((text) =>
      [...text.matchAll(/path: '([\w/]+)',\s+access: 'open'/g)].map(([, path]) => path),
    );
    expect(open.length).toBeGreaterThan(2);
    expect(
      rows
        .filter(([, , token]) => token === 'no')
        .map(([, path]) => path)
        .sort(),
    ).toEqual(open.sort());
  });
});
