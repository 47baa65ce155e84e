import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** URLs of what each process and thread has run that ended with `NODE_V8_COVERAGE` set to this folder. */
export function loadedScripts(coverageDir: string): string[][] {
  return readdirSync(coverageDir).map((file) => {
    const { result } = JSON.parse(readFileSync(join(coverageDir, file), 'utf8')) as { result: { url: string }[] };
    return result.map(({ url }) => url);
  });
}
