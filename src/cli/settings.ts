import { loadConfig, type ResolvedConfig } from '../config/index.ts';
import { createDiag } from '../core/diag.ts';
import type { CliIo } from './io.ts';

/** The configuration a server started here would have. Problems stand in the result and are not written anywhere. */
export function readSettings(io: CliIo): Promise<ResolvedConfig> {
  return loadConfig({ env: io.env, cwd: io.cwd, diag: createDiag({ level: 'off', sink: () => {} }) });
}
