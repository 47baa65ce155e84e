import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { compileRules } from '../../../src/alerts/compile-rules.ts';
import { COMMANDS } from '../../../src/cli/commands.ts';
import { parseArguments } from '../../../src/cli/parse-arguments.ts';
import { resolveObjectives } from '../../../src/slo/definition.ts';
import { codeBlocks, SHIPPED } from '../../support/documents.ts';
import { load } from './load.ts';

/** An entry for a server in the configuration of an MCP client. */
interface ClientEntry {
  readonly command: string;
  readonly args: readonly string[];
}
interface ClientFile {
  readonly mcpServers?: Readonly<Record<string, ClientEntry>>;
  readonly servers?: Readonly<Record<string, ClientEntry>>;
}

const blocks = codeBlocks(SHIPPED).filter(({ language }) => language === 'yaml' || language === 'json');
const documents = blocks.map(({ place, code }) => ({ place, document: parse(code) as object }));
const isForClient = (document: object): boolean => ['mcpServers', 'servers', 'command'].some((key) => key in document);

const files = documents.filter(({ document }) => !isForClient(document) && !('scrape_configs' in document));
it.each(files)('the configuration file at $place is understood as it stands there', async ({ document }) => {
  const { config, values, lines } = await load({ file: document });
  expect(lines).toEqual([]);
  expect(config.problems).toEqual([]);
  expect(resolveObjectives(values.objectives).length).toBeGreaterThanOrEqual(values.objectives.length);
  expect(
    compileRules(values.rules, { profile: 'production', expectedPerSecond: 1, concurrency: 1 }).length,
  ).toBeGreaterThan(0);
});

it('entries for MCP clients are commands that register the product, ours or those of Node', () => {
  const entries = documents
    .filter(({ document }) => isForClient(document))
    .flatMap(({ document }) => {
      const { mcpServers, servers } = document as ClientFile;
      return (mcpServers ?? servers) ? Object.values(mcpServers ?? servers ?? {}) : [document as ClientEntry];
    });
  expect(entries.length).toBeGreaterThan(2);
  const run = COMMANDS.find(({ name }) => name === 'run');
  for (const { command, args } of entries) {
    if (command === 'npx') {
      expect(args.slice(0, 3)).toEqual(['-y', 'mcp-vitals', 'run']);
      expect(run && parseArguments(run, args.slice(3)).program).toEqual(args.slice(4));
    } else {
      expect([command, ...args.slice(0, 2)]).toEqual(['node', '--import', 'mcp-vitals/register']);
    }
  }
});

it('there are files of each kind in the documentation', () => {
  expect(files.length).toBeGreaterThan(4);
});
