import { parseBooleanText } from './boolean-text.ts';

/**
 * Whether the environment switches the product off: `OTEL_SDK_DISABLED=true`.
 *
 * Loaded in the start-up path of every process, so it knows nothing of the field table; values it cannot read are
 * reported later by `loadConfig` and count as not disabled.
 */
export function isDisabled(env: Readonly<Record<string, string | undefined>> = process.env): boolean {
  const { OTEL_SDK_DISABLED: sdkDisabled } = env;
  return sdkDisabled !== undefined && parseBooleanText(sdkDisabled) === true;
}

/** Modes in which nothing of ours is registered with OpenTelemetry. */
const REGISTERS_NOTHING = ['guest', 'propagate', 'off'];

/** Whether `MCP_VITALS_OTEL` leaves it open that our providers become the application's; a configuration file may still say no. */
export function mayRegister(env: Readonly<Record<string, string | undefined>> = process.env): boolean {
  const { MCP_VITALS_OTEL: mode } = env;
  return mode === undefined || !REGISTERS_NOTHING.includes(mode.trim().toLowerCase());
}
