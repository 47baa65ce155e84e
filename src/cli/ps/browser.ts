import { spawn } from 'node:child_process';

/** The command that opens an address in the browser of a platform. */
export function openerOf(platform: NodeJS.Platform, url: string): readonly [string, readonly string[]] {
  if (platform === 'darwin') return ['open', [url]];
  // `start` is a word of the command interpreter, and takes the first quoted argument for the title of a window.
  if (platform === 'win32') return ['cmd.exe', ['/d', '/s', '/c', `start "" "${url}"`]];
  return ['xdg-open', [url]];
}

/**
 * Opens an address in the browser without waiting for it.
 *
 * @returns whether there was an opener to start; only `http:` and `https:` addresses are opened at all
 */
export function openInBrowser(
  url: string,
  options: { readonly env: Readonly<Record<string, string | undefined>>; readonly cwd: string },
): Promise<boolean> {
  if (!/^https?:$/.test(new URL(url).protocol)) return Promise.resolve(false);
  const [command, args] = openerOf(process.platform, new URL(url).href);
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      stdio: 'ignore',
      detached: process.platform !== 'win32',
      windowsVerbatimArguments: true,
      env: options.env,
      cwd: options.cwd,
    });
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}
