import type { StdioRpcClient } from '../../support/json-rpc-client.ts';
import type { Ledger } from './ledger.ts';

/** Waits for the end of a program that drives its servers itself, and notes what it does. */
export async function selfDriven(
  ledger: Ledger,
  client: StdioRpcClient,
  sent: readonly (readonly [method: string, name?: string])[],
): Promise<void> {
  await client.waitFor((line) => (line as { done?: boolean }).done === true);
  for (const [method, name] of sent) ledger.note(method, name === undefined ? undefined : { name });
}
