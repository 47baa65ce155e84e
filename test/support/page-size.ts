import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { buildSync } from 'esbuild';

const PAGE = fileURLToPath(new URL('../../src/status/page/', import.meta.url));

/** What the page of a server weighs, as a sentence. Whole kilobytes: a changed word is no news. */
export function pageSize(): string {
  const { outputFiles } = buildSync({
    entryPoints: [`${PAGE}page.ts`, `${PAGE}page.css`],
    outdir: PAGE,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    charset: 'utf8',
    write: false,
  });
  const files = [readFileSync(`${PAGE}index.html`), ...outputFiles.map(({ contents }) => contents)];
  const sum = (sizes: readonly number[]): string => Math.round(sizes.reduce((a, b) => a + b, 0) / 1_000).toFixed(0);
  const sent = sum(files.map((file) => gzipSync(file, { level: 1 }).byteLength));
  return `The whole page, charts included, is ${sent} kB on the wire (${sum(files.map(({ byteLength }) => byteLength))} kB unpacked).`;
}
