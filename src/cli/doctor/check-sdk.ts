import { type Finding, ok, warning } from './finding.ts';
import type { PackageCopy } from './package-copies.ts';

/** Packages that hold a copy of the protocol implementation. */
export const SDK_PACKAGES: ReadonlySet<string> = new Set([
  '@modelcontextprotocol/sdk',
  '@modelcontextprotocol/server',
  '@modelcontextprotocol/client',
]);

const OLDEST_SDK_MINOR = 5;
const MAX_SHOWN = 8;

function showCopy({ name, version, folder }: PackageCopy): string {
  return `${name} ${version} (${folder})`;
}

/** Copies for a message, bounded. */
export function showCopies(copies: readonly PackageCopy[]): string {
  const more = copies.length > MAX_SHOWN ? ` and ${copies.length - MAX_SHOWN} more` : '';
  return copies.slice(0, MAX_SHOWN).map(showCopy).join(', ') + more;
}

/**
 * Which copies of the MCP SDK are installed for the examined folders.
 *
 * @param measured whether a probe has seen the SDK at work, which is then in a bundle where no copy is installed
 */
export function checkSdk(copies: readonly PackageCopy[], folders: readonly string[], measured: boolean): Finding {
  if (copies.length === 0) {
    if (measured) return ok('sdk', 'no copy of the MCP SDK is installed; it is bundled into the server');
    return warning(
      'sdk',
      `no copy of the MCP SDK is installed for ${folders.join(', ')}`,
      '@modelcontextprotocol/sdk from 1.5 on, or @modelcontextprotocol/server or /client 2.x',
      'run doctor in the folder of the server, or give it the command that starts the server: mcp-vitals doctor -- <command>',
    );
  }
  const old = copies.filter(isTooOld);
  if (old.length > 0) {
    return warning(
      'sdk',
      `too old to be measured: ${showCopies(old)}`,
      '@modelcontextprotocol/sdk from 1.5 on',
      'update the SDK',
    );
  }
  return ok('sdk', showCopies(copies));
}

function isTooOld({ name, version }: PackageCopy): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return name === '@modelcontextprotocol/sdk' && (major < 1 || (major === 1 && minor < OLDEST_SDK_MINOR));
}
