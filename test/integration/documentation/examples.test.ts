import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/index.ts';
import { createDiag } from '../../../src/core/diag.ts';
import { codeBlocks, SHIPPED } from '../../support/documents.ts';
import { verifies } from '../../support/verifies.ts';

const ROOT = new URL('../../../', import.meta.url).pathname;
const blocks = codeBlocks(SHIPPED);
const examples = blocks.filter(({ language }) => language === 'ts');

/** What examples import and this package does not depend on: as much of it as they use. */
const FOREIGN = `
declare module '@opentelemetry/sdk-node' {
  import type { ViewOptions } from '@opentelemetry/sdk-metrics';
  interface Instrumentation { enable(): void; disable(): void; setTracerProvider(provider: unknown): void }
  export class NodeSDK {
    constructor(options: { instrumentations: Instrumentation[]; views: ViewOptions[] });
    start(): void;
  }
}
declare module '@opentelemetry/exporter-trace-otlp-proto' {
  import type { ReadableSpan } from '@opentelemetry/sdk-trace-node';
  import type { ExportResult } from '@opentelemetry/core';
  export class OTLPTraceExporter {
    export(spans: ReadableSpan[], done: (result: ExportResult) => void): void;
    shutdown(): Promise<void>;
  }
}
`;

let folder: string;
beforeAll(async () => {
  // Inside of the package, where its own name leads to what was built.
  folder = await mkdtemp(join(ROOT, 'dist', 'examples-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const fileOf = (index: number): string => `example-${index}.ts`;

describe('the examples of the documentation', () => {
  verifies('LAT-09');

  it('compile against the published types, and that of timing runs where nothing is measured', async () => {
    expect(examples.length).toBeGreaterThan(5);
    await writeFile(join(folder, 'foreign.d.ts'), FOREIGN);
    for (const [index, { given, code }] of examples.entries()) {
      // Top-level await and unused names are as they should be in an example; every block is a module.
      await writeFile(join(folder, fileOf(index)), `${given}\n${code}\nexport {};\n`);
    }
    const options = ['--strict', '--target', 'es2022', '--lib', 'es2023,esnext.disposable', '--types', 'node'];
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [
        join(ROOT, 'node_modules/typescript/bin/tsc'),
        ...options,
        ...['--module', 'nodenext', '--skipLibCheck', '--ignoreConfig', 'foreign.d.ts'],
        ...examples.map((_, index) => fileOf(index)),
      ],
      { cwd: folder },
    ).catch((error: { stdout: string }) => error);
    const said = stdout.replace(/^example-(\d+)\.ts/gm, (_, index: string) => `${examples[Number(index)]?.place}`);
    expect(said).toBe('');

    const timing = examples.findIndex(({ code }) => code.includes('vitals.track'));
    const { search, restore } = (await import(pathToFileURL(join(folder, `example-${timing}.js`)).href)) as {
      search: (store: object, query: string) => Promise<string[]>;
      restore: (store: object) => () => void;
    };
    const store = { search: async (query: string) => [` ${query}2`, `${query}1 `] };
    const original = store.search;
    const putBack = restore(store);
    expect(store.search).not.toBe(original);
    expect(await search(store, 'a')).toEqual(['a2', 'a1']);
    putBack();
    expect(store.search).toBe(original);
  });

  it('of the configuration file say the same in YAML, JSON and JavaScript', async () => {
    const files = blocks.filter(
      ({ place, language }) => place.startsWith('docs/configuration.md') && language !== 'sh',
    );
    expect(files.map(({ language }) => language)).toEqual(['yaml', 'json', 'js']);
    const loaded = await Promise.all(
      files.map(async ({ language, code }) => {
        const path = join(folder, `mcp-vitals.config.${language === 'js' ? 'mjs' : language}`);
        await writeFile(path, code);
        const lines: string[] = [];
        const diag = createDiag({ level: 'info', sink: (line) => lines.push(line) });
        const { values, problems } = await loadConfig({ env: { MCP_VITALS_CONFIG: path }, cwd: folder, diag });
        expect([lines, problems], language).toEqual([[], []]);
        const { profile, status, objectives } = values;
        return { profile, port: status.port, objectives };
      }),
    );
    expect(loaded[0]).toMatchObject({ profile: 'production', port: 9500, objectives: [{ tool: 'kb.*', p95: 250 }] });
    expect(loaded).toEqual([loaded[0], loaded[0], loaded[0]]);
  });
});
