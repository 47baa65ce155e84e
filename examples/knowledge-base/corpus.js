// @ts-check
/**
 * The corpus: README files of the packages installed in the nearest `node_modules`. Nothing is copied into this
 * repository, and everybody who can run the example has the documents already.
 */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {object} Document
 * @property {string} id unique, safe in a URI: `modelcontextprotocol.sdk`
 * @property {string} title package name and version
 * @property {string} source where the text came from
 * @property {string} text
 */

/** READMEs shorter than this are placeholders ("See the docs") that only dilute a search. */
const MIN_DOCUMENT_CHARS = 200;
/** A README longer than this is cut: changelogs pasted into a README would dominate the index. */
const MAX_DOCUMENT_CHARS = 64_000;
const MAX_DOCUMENTS = 5_000;

/**
 * The `node_modules` folder nearest to this file, going upwards.
 * @returns {string}
 */
export function nearestNodeModules() {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const candidate = join(folder, 'node_modules');
    if (existsSync(candidate)) return candidate;
    const parent = dirname(folder);
    if (parent === folder) throw new Error('no node_modules folder found; run npm install first');
    folder = parent;
  }
}

/**
 * Reads every package's README, sorted by package name, so that two runs over the same folder give the same documents.
 * @param {string} nodeModules
 * @returns {Promise<Document[]>}
 */
export async function readCorpus(nodeModules) {
  /** @type {Document[]} */
  const documents = [];
  for (const folder of await packageFolders(nodeModules)) {
    const document = await readPackageDocument(nodeModules, folder);
    if (document !== undefined) documents.push(document);
    if (documents.length >= MAX_DOCUMENTS) break;
  }
  return documents;
}

/**
 * @param {string} nodeModules
 * @returns {Promise<string[]>} `zod`, `@types/node`, …
 */
async function packageFolders(nodeModules) {
  const names = (await readdir(nodeModules)).filter((name) => !name.startsWith('.'));
  const folders = await Promise.all(
    names.map(async (name) => {
      if (!name.startsWith('@')) return [name];
      return (await readdir(join(nodeModules, name))).map((inner) => `${name}/${inner}`);
    }),
  );
  return folders.flat().sort();
}

/**
 * @param {string} nodeModules
 * @param {string} folder
 * @returns {Promise<Document | undefined>} undefined for a package without a README worth indexing
 */
async function readPackageDocument(nodeModules, folder) {
  const path = join(nodeModules, folder);
  const files = await readdir(path).catch(() => []);
  const readme = files.find((file) => /^readme(\.md|\.markdown|\.txt)?$/i.test(file));
  if (readme === undefined) return undefined;
  const text = await readFile(join(path, readme), 'utf8').catch(() => '');
  if (text.length < MIN_DOCUMENT_CHARS) return undefined;
  return {
    id: folder.replace(/^@/, '').replaceAll('/', '.'),
    title: `${folder} ${await packageVersion(path)}`.trim(),
    source: `${folder}/${readme}`,
    text: text.slice(0, MAX_DOCUMENT_CHARS),
  };
}

/**
 * @param {string} path
 * @returns {Promise<string>}
 */
async function packageVersion(path) {
  try {
    const manifest = JSON.parse(await readFile(join(path, 'package.json'), 'utf8'));
    return typeof manifest.version === 'string' ? manifest.version : '';
  } catch {
    return '';
  }
}
