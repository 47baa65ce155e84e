import { readLogLevel } from '../config/early.ts';
import { HOOK_SYMBOL_KEY } from '../mcp/loader/source-transform.ts';
import { Attachment } from './attachment.ts';

/**
 * Loaded by the first file of the MCP SDK in this process (the source transform puts an import of it there), or by
 * `startVitals`. Makes the instrumentation available to every copy of the SDK; of several copies of this package only the
 * first does.
 */
function attach(): Attachment | undefined {
  const slots = globalThis as { [key: symbol]: unknown };
  const key = Symbol.for(HOOK_SYMBOL_KEY);
  if (slots[key] !== undefined) return undefined;
  const attachment = new Attachment(readLogLevel());
  slots[key] = attachment.instrumentation;
  return attachment;
}

/** The attachment of this process, `undefined` when another copy of the package has attached before. */
export const attachment: Attachment | undefined = attach();
