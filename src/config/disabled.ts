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
