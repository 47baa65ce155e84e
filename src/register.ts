import { isDisabled, mayRegister } from './config/disabled.ts';
import { installLoader } from './mcp/loader/install.ts';

// `node --import mcp-vitals/register`: the only module with effects at import time. Nothing else of the product is loaded
// until a file of the MCP SDK is.
if (!isDisabled()) {
  const earlyMeters = mayRegister() ? new URL('./core/early-meters.js', import.meta.url).href : undefined;
  installLoader(new URL('./sdk/attach.js', import.meta.url).href, earlyMeters);
}
