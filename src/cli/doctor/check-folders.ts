import { mkdtempSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ResolvedConfig } from '../../config/index.ts';
import { systemClock } from '../../core/clock.ts';
import { createPrivateDirectory, defaultPrivateDirectory } from '../../core/private-directory.ts';
import { SPOOL_FOLDER } from '../../exporters/otlp/spool-directory.ts';
import { announce, defaultDiscoveryDir } from '../../status/discovery.ts';
import { type Finding, ok, problem, reasonOf } from './finding.ts';

/** Whether the folders a server writes to can be used: by doing what a server does, and taking it back. */
export function checkFolders({ values }: ResolvedConfig): Finding[] {
  return [checkDiscovery(values.status.discoveryDir), checkSpool(values.spool.dir)];
}

function checkDiscovery(configured: string | undefined): Finding {
  const shown = configured ?? defaultDiscoveryDir();
  try {
    const withdraw = announce(configured, {
      url: 'http://127.0.0.1:1',
      service: { name: 'mcp-vitals doctor', instanceId: 'doctor' },
      startedAtMs: systemClock.timeOrigin + systemClock.now(),
    });
    withdraw();
    return ok('discovery', `servers can be found through ${shown}`);
  } catch (error) {
    const read = `${shown} cannot be used: ${reasonOf(error)}`;
    const expected = 'a folder that belongs to this user and only this user can write to';
    return problem('discovery', read, expected, 'correct its permissions, or set MCP_VITALS_DISCOVERY_DIR');
  }
}

function checkSpool(configured: string | undefined): Finding {
  const folder = configured ?? defaultPrivateDirectory(SPOOL_FOLDER);
  try {
    createPrivateDirectory(folder);
    rmdirSync(mkdtempSync(join(folder, 'doctor-')));
    return ok('spool', `unsent telemetry can be kept in ${folder}`);
  } catch (error) {
    const read = `${folder} cannot be used: ${reasonOf(error)}`;
    const expected = 'a folder that belongs to this user and only this user can write to';
    return problem('spool', read, expected, 'correct its permissions, or set MCP_VITALS_SPOOL_DIR');
  }
}
