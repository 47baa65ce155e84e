import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

/**
 * The file a command name stands for, as the system would find it, with links followed.
 *
 * @returns `undefined` when there is none
 */
export function findProgram(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
): string | undefined {
  const isPath = name.includes('/') || (process.platform === 'win32' && name.includes('\\'));
  const folders = isPath ? [cwd] : [...searchPath(env), ...(process.platform === 'win32' ? [cwd] : [])];
  for (const folder of folders) {
    for (const ending of endings(env)) {
      const file = isPath ? resolve(folder, name + ending) : join(folder, name + ending);
      if (isExecutable(file)) return realpathSync(file);
    }
  }
  return undefined;
}

function searchPath(env: Readonly<Record<string, string | undefined>>): string[] {
  const name = Object.keys(env).find((key) => key.toUpperCase() === 'PATH');
  return (name === undefined ? '' : (env[name] ?? '')).split(delimiter).filter((folder) => folder !== '');
}

function endings(env: Readonly<Record<string, string | undefined>>): string[] {
  if (process.platform !== 'win32') return [''];
  const { PATHEXT: known } = env;
  return ['', ...(known ?? '.COM;.EXE;.BAT;.CMD').split(';')];
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
