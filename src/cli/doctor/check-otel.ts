import type { ResolvedConfig } from '../../config/index.ts';
import { inspectApplication } from '../../sdk/application-api.ts';
import { decideAdoption } from '../../sdk/globals.ts';
import { showCopies } from './check-sdk.ts';
import { type Finding, ok, warning } from './finding.ts';
import type { PackageCopy } from './package-copies.ts';
import type { ProcessReport } from './process-report.ts';

/** The package through which everybody registers and finds OpenTelemetry. */
export const API_PACKAGE = '@opentelemetry/api';

/**
 * Whose OpenTelemetry would be used, and which copies of its API are installed.
 *
 * @param entry path of the application's entry script, or of any file beside it
 * @param seen what was registered in the examined process when it ended
 */
export function checkOtel(
  { values }: ResolvedConfig,
  entry: string,
  copies: readonly PackageCopy[],
  seen: ProcessReport['otel'],
): Finding[] {
  return [ok('otel-mode', describeMode(values, entry, seen)), checkCopies(copies)];
}

function describeMode(values: ResolvedConfig['values'], entry: string, seen: ProcessReport['otel']): string {
  if (values.disabled || values.otel.mode === 'off') return 'off: nothing of OpenTelemetry is touched';
  const application = inspectApplication(entry);
  const { ownsTraces, ownsMetrics } = decideAdoption(values.otel.mode, application);
  const brings = application.bringsSdk ? 'has an OpenTelemetry SDK of its own' : 'has no OpenTelemetry SDK of its own';
  const consequence =
    ownsTraces || ownsMetrics
      ? 'the providers of mcp-vitals serve the whole process'
      : 'the providers of the application stay as they are';
  const registered =
    seen === undefined ? '' : `; the process had registered ${seen.registered.join(', ')} with API ${seen.version}`;
  return `mode ${values.otel.mode}, the application ${brings}: ${consequence}${registered}`;
}

function checkCopies(copies: readonly PackageCopy[]): Finding {
  if (copies.length === 0) return ok('otel-api', `no copy of ${API_PACKAGE} is installed beside the application`);
  const minors = new Set(copies.map(({ version }) => version.split('.').slice(0, 2).join('.')));
  if (minors.size === 1) return ok('otel-api', showCopies(copies));
  return warning(
    'otel-api',
    `copies of different minors: ${showCopies(copies)}`,
    'one minor of the API in a process',
    'what is registered through an older copy is invisible to code with a newer one: bring them together, with "npm dedupe" or an override',
  );
}
