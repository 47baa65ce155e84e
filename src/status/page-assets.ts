import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Answer, Asked, Route } from './routes.ts';

/** Files of a page by their paths, each with its content type. Nothing else is ever read. */
export type PageFiles = Readonly<Record<string, readonly [file: string, contentType: string]>> & {
  readonly '/': readonly [file: string, contentType: string];
};

/** The page of one server. */
const SERVER_PAGE: PageFiles = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/page.js': ['page.js', 'text/javascript; charset=utf-8'],
  '/page.css': ['page.css', 'text/css; charset=utf-8'],
};

interface Asset {
  readonly body: Buffer;
  readonly tag: string;
}

/** The files of the page, read when first asked for and then kept. */
export interface PageAssets {
  readonly files: PageFiles;
  /** Headers of the page beyond those of every answer. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whether there is a page at all; looked up once. */
  exist(): boolean;
  /** @throws when the file is not there: the page was not built, or this package was bundled into something else */
  read(path: string): Promise<Asset>;
}

/**
 * @param directory folder of the built page
 * @param embedders origins whose pages may show this one in a frame
 * @param files what the page consists of
 */
export function createPageAssets(
  directory: URL,
  embedders: readonly string[] = [],
  files: PageFiles = SERVER_PAGE,
): PageAssets {
  const known = new Map<string, Promise<Asset>>();
  let exist: boolean | undefined;
  const ancestors = embedders.length === 0 ? "'none'" : embedders.join(' ');
  return {
    files,
    headers: {
      'Content-Security-Policy':
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
        `base-uri 'none'; form-action 'none'; frame-ancestors ${ancestors}`,
      'Cache-Control': 'no-cache',
    },
    exist() {
      exist ??= existsSync(new URL(files['/'][0], directory));
      return exist;
    },
    read(path) {
      let asset = known.get(path);
      if (asset === undefined) {
        asset = load(new URL(files[path]?.[0] ?? '', directory));
        known.set(path, asset);
        asset.catch(() => known.delete(path));
      }
      return asset;
    },
  };
}

async function load(file: URL): Promise<Asset> {
  const body = await readFile(file);
  return { body, tag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` };
}

/**
 * The page and what it consists of. It holds no figures, so it needs no token; the figures it asks for do. Where its files
 * are missing (this package bundled into another program), the path answers as if nobody had asked for a page.
 */
export function pageRoutes(assets: PageAssets): readonly Route[] {
  return Object.keys(assets.files).map((path) => ({
    path,
    access: 'open',
    // Terminals and programs get the text at the same address.
    ...(path === '/' ? { takes: ({ accept }: Asked) => /\btext\/html\b/.test(accept) && assets.exist() } : {}),
    answer: (asked) => answer(assets, path, asked),
  }));
}

async function answer(assets: PageAssets, path: string, { knownTag }: Asked): Promise<Answer> {
  const contentType = assets.files[path]?.[1] ?? 'text/plain';
  const { body, tag } = await assets.read(path);
  const headers = { ...assets.headers, ETag: tag };
  if (knownTag === tag) return { status: 304, contentType, body: '', headers };
  return { contentType, body, headers };
}
