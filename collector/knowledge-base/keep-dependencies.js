// @ts-check
/** Makes the packages the example imports dependencies of the folder it runs in, so that `npm prune` leaves them there. */
import { readFileSync, writeFileSync } from 'node:fs';

const KEPT = ['@modelcontextprotocol/sdk', 'libsql', 'lru-cache', 'pg', 'zod'];

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
for (const name of KEPT) {
  const version = manifest.devDependencies[name];
  if (version === undefined) throw new Error(`${name} is not in devDependencies`);
  manifest.dependencies[name] = version;
  delete manifest.devDependencies[name];
}
writeFileSync('package.json', JSON.stringify(manifest));
