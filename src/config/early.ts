import { LOG_LEVELS, type LogLevel } from '../core/diag.ts';

/**
 * The log level known before the configuration is loaded: `MCP_VITALS_LOG`, or `warn` when unset or not a level.
 *
 * Code and configuration file may change the level later; `loadConfig` reports a value that is not a level.
 */
export function readLogLevel(env: Readonly<Record<string, string | undefined>> = process.env): LogLevel {
  const { MCP_VITALS_LOG: text } = env;
  const word = text?.trim().toLowerCase();
  return LOG_LEVELS.find((level) => level === word) ?? 'warn';
}

/** Whether the environment names an OTLP endpoint for traces; a configuration file may name one as well. */
export function namesTracesEndpoint(env: Readonly<Record<string, string | undefined>> = process.env): boolean {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: both, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: traces } = env;
  return [both, traces].some((url) => url !== undefined && url.trim() !== '');
}

/** Whether the environment names an OTLP endpoint; a configuration file may name one as well. */
export function namesEndpoint(env: Readonly<Record<string, string | undefined>> = process.env): boolean {
  const { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: metrics } = env;
  return namesTracesEndpoint(env) || (metrics !== undefined && metrics.trim() !== '');
}
