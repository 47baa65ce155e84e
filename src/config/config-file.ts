import { readFile, stat } from 'node:fs/promises';
import { basename, extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Clock, systemClock } from '../core/clock.ts';
import { capText, quoteText, showName } from './display.ts';

/** What was found: the options, or a reason why there are none. All `undefined` when there is no file. */
export interface ConfigFile {
  /** Absolute path of the file that was read. */
  readonly path: string | undefined;
  /** Name for messages. */
  readonly name: string;
  readonly options: unknown;
  readonly problems: readonly {
    readonly name: string;
    readonly received: string;
    readonly expected: string;
    readonly used: string;
  }[];
}

const STEM = 'mcp-vitals.config';
const DATA_TYPES: readonly string[] = ['.json', '.yaml', '.yml'];
const MODULE_TYPES: readonly string[] = ['.js', '.mjs'];
const TYPESCRIPT_TYPES: readonly string[] = ['.ts', '.mts'];
const MAX_FILE_BYTES = 1024 ** 2;

/** A module that never finishes loading must not keep the product from starting. */
const MODULE_TIMEOUT_MS = 5000;

/** Whether this Node strips types: 22.18 and later, or with a flag. */
function stripsTypes(): boolean {
  const features: unknown = process.features;
  return typeof features === 'object' && features !== null && Boolean(Reflect.get(features, 'typescript'));
}

function expectedTypes(): string {
  const types = [...DATA_TYPES, ...MODULE_TYPES, ...(stripsTypes() ? TYPESCRIPT_TYPES : [])];
  return `a file of type ${types.join(', ')}${stripsTypes() ? '' : ' (this Node does not read .ts)'}`;
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** Thrown inside this file only, with text that repeats nothing of the file: it may hold secrets. */
class Unreadable extends Error {}

async function readData(path: string): Promise<unknown> {
  const { size } = await stat(path);
  if (size > MAX_FILE_BYTES) throw new Unreadable(`a file of ${size} bytes`);
  const text = (await readFile(path, 'utf8')).replace(/^\uFEFF/, '');
  return extname(path) === '.json' ? parseJson(text) : parseYaml(text);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const position = /position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
    const place = position === undefined ? '' : ` at line ${text.slice(0, Number(position)).split('\n').length}`;
    throw new Unreadable(`text that is not valid JSON${place}`);
  }
}

async function parseYaml(text: string): Promise<unknown> {
  // Loaded only here: most processes have no YAML configuration.
  const { parseDocument } = await import('yaml');
  const document = parseDocument(text, { logLevel: 'silent' });
  const [error] = document.errors;
  if (error !== undefined) {
    const line = error.linePos?.[0].line;
    throw new Unreadable(`text that is not valid YAML${line === undefined ? '' : ` at line ${line}`} (${error.code})`);
  }
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch {
    throw new Unreadable('YAML whose aliases cannot be resolved');
  }
}

async function importModule(path: string, clock: Clock): Promise<unknown> {
  const late = Symbol('late');
  const module: unknown = await new Promise((done, fail) => {
    const timer = clock.after(MODULE_TIMEOUT_MS, () => done(late));
    import(pathToFileURL(path).href).then(done, fail).finally(() => timer.stop());
  });
  if (module === late) throw new Unreadable(`a module still loading after ${MODULE_TIMEOUT_MS} ms`);
  if (typeof module !== 'object' || module === null) return undefined;
  const options: unknown = Reflect.get(module, 'default') ?? Reflect.get(module, 'config');
  if (options === undefined) throw new Unreadable('a module without default export or export named config');
  return options;
}

async function readOne(path: string, name: string, clock: Clock): Promise<ConfigFile> {
  const type = extname(path).toLowerCase();
  const problem = (received: string, expected: string): ConfigFile => ({
    path: undefined,
    name,
    options: undefined,
    problems: [{ name, received, expected, used: 'going on without it' }],
  });
  try {
    if (!(await isFile(path))) return problem('no such file', expectedTypes());
    if (DATA_TYPES.includes(type)) return { path, name, options: await readData(path), problems: [] };
    if (MODULE_TYPES.includes(type) || (TYPESCRIPT_TYPES.includes(type) && stripsTypes())) {
      return { path, name, options: await importModule(path, clock), problems: [] };
    }
    return problem(`the type ${quoteText(type)}`, expectedTypes());
  } catch (error) {
    if (error instanceof Unreadable)
      return problem(error.message, `a readable configuration of at most ${MAX_FILE_BYTES} bytes`);
    return problem(`an error: ${describe(error)}`, 'a readable configuration');
  }
}

function describe(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return capText(quoteText(text.split('\n', 1)[0] ?? ''), 200);
}

/**
 * Reads the configuration file: the given one, or the first of `mcp-vitals.config.{json,yaml,yml,js,mjs}` in `cwd`, also
 * `.ts` and `.mts` where Node strips types. Never throws; whatever is wrong is a problem and there are no options.
 *
 * @param file explicit path, relative to `cwd`
 * @param clock bounds the loading of a module, 5,000 ms
 */
export async function readConfigFile(input: {
  file: string | undefined;
  cwd: string;
  clock?: Clock;
}): Promise<ConfigFile> {
  const clock = input.clock ?? systemClock;
  if (input.file !== undefined) return readOne(resolve(input.cwd, input.file), showName(input.file), clock);

  const found: string[] = [];
  for (const type of [...DATA_TYPES, ...MODULE_TYPES, ...TYPESCRIPT_TYPES]) {
    const path = resolve(input.cwd, STEM + type);
    if (await isFile(path)) found.push(path);
  }
  const [path, ...others] = found;
  if (path === undefined) return { path: undefined, name: STEM, options: undefined, problems: [] };
  const file = await readOne(path, basename(path), clock);
  if (others.length === 0) return file;
  const ignored = {
    name: file.name,
    received: `${found.length} configuration files`,
    expected: 'one',
    used: `ignoring ${others.map((other) => basename(other)).join(', ')}`,
  };
  return { ...file, problems: [...file.problems, ignored] };
}
