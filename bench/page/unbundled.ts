import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';
import type { Build } from '../support/build.ts';

const SRC = fileURLToPath(new URL('../../src/', import.meta.url));
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/mcp-vitals/bench/', import.meta.url));

/** The product with a file per module, as its sources are: in the bundled build its parts cannot be reached to be measured. */
export function buildUnbundled(): Build {
  mkdirSync(CACHE, { recursive: true });
  const copy = mkdtempSync(join(CACHE, 'modules-'));
  const folder = join(copy, 'dist');
  const sources = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter(
    (path) => path.endsWith('.ts') && !path.startsWith(join('status', 'page', '/')),
  );
  for (const path of sources) {
    const target = join(folder, path.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(target), { recursive: true });
    const { outputText } = ts.transpileModule(readFileSync(join(SRC, path), 'utf8'), {
      compilerOptions: {
        target: ts.ScriptTarget.ES2023,
        module: ts.ModuleKind.ESNext,
        rewriteRelativeImportExtensions: true,
        verbatimModuleSyntax: true,
      },
    });
    writeFileSync(target, outputText);
  }
  writeFileSync(join(copy, 'package.json'), '{"type":"module"}');
  return {
    folder,
    importFlags: ['--import', pathToFileURL(join(folder, 'register.js')).href],
    remove: () => rmSync(copy, { recursive: true, force: true }),
  };
}
