import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a Node process under the probe wrote about itself. */
export interface ProcessReport {
  readonly pid: number;
  /** Version of Node: `20.19.1`. */
  readonly node: string;
  readonly entry: string | undefined;
  /** Whether a file of the MCP SDK was loaded with the instrumentation in it. */
  readonly attached: boolean;
  /** Files whose protocol objects are measured. */
  readonly patched: readonly string[];
  /** Files whose protocol objects connected to a transport. */
  readonly connected: readonly string[];
  /** ES modules loaded by `require()`. */
  readonly requiredModules: readonly string[];
  /** Version of the OpenTelemetry API and what is registered with it; `undefined` when nothing is. */
  readonly otel: { readonly version: string; readonly registered: readonly string[] } | undefined;
}

/** Parameter of the probe module's address that names the folder for reports. */
export const REPORT_PARAMETER = 'report';

const MAX_REPORTS = 200;

/** Reads the reports of a folder, in the order of process ids; what cannot be read is left out. */
export function readReports(folder: string): ProcessReport[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return names
    .slice(0, MAX_REPORTS)
    .flatMap((name) => {
      try {
        return [JSON.parse(readFileSync(join(folder, name), 'utf8')) as ProcessReport];
      } catch {
        return [];
      }
    })
    .sort((a, b) => a.pid - b.pid);
}
