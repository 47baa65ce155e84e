import { readFileSync } from 'node:fs';

/** What the test of a framework has measured; `test/matrix/frameworks` writes and verifies the file of them. */
export interface FrameworkRow {
  readonly name: string;
  readonly version: string;
  /** Generation of the MCP SDK below it. */
  readonly sdk: string;
  readonly transport: string;
  /** Version of Node.js, with the reason where it is not the oldest supported one. */
  readonly node: string;
  /** Stages of the calls of a tool that took time. */
  readonly stages: readonly string[];
}

/** The table of frameworks as Markdown. */
export function frameworkTable(): string {
  const text = readFileSync(new URL('../golden/frameworks.json', import.meta.url), 'utf8');
  const rows = (JSON.parse(text) as FrameworkRow[]).map(
    ({ name, version, sdk, transport, node, stages }) =>
      `| \`${name}\` | ${version} | ${sdk} | ${transport} | ${node} | ${stages.join(', ')} |`,
  );
  const head = '| framework | version | MCP SDK | transport | Node.js | stages seen |\n|---|---|---|---|---|---|';
  return [head, ...rows].join('\n');
}
