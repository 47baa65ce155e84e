import { watchStatement } from '../../core/watch-requests.ts';

/** A file whose constructor makes a connection pool, and the assignment in it behind which the pool is made known. */
interface PoolFile {
  readonly path: RegExp;
  readonly assignment: RegExp;
}

/** All of them are CommonJS, in every version that is on the registry today. */
const POOL_FILES: readonly PoolFile[] = [
  { path: /[\\/]pg-pool[\\/]index\.js$/, assignment: /(this\._pendingQueue = )(\[\])/ },
  { path: /[\\/]mysql2[\\/]lib[\\/](?:base[\\/])?pool\.js$/, assignment: /(this\._connectionQueue = )(new Queue\(\))/ },
  { path: /[\\/]generic-pool[\\/]lib[\\/]Pool\.js$/, assignment: /(this\._resourceLoans = )(new Map\(\))/ },
  { path: /[\\/]tarn[\\/]dist[\\/]Pool\.js$/, assignment: /(this\.pendingAcquires = )(\[\])/ },
];

/**
 * Puts into the constructor of a known connection pool that the pool is made known, and answers `undefined` for every other
 * source. Decided by the path alone, so that other files cost a comparison. A pool inside of a bundle is watched from code.
 */
export function transformPoolSource(source: string, path: string): string | undefined {
  const file = POOL_FILES.find((candidate) => candidate.path.test(path));
  if (file === undefined || !file.assignment.test(source)) return undefined;
  return source.replace(file.assignment, `$1(${watchStatement('pool').replaceAll('$', '$$$$')},$2)`);
}
