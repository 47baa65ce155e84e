import type { JsonRpcMessage } from './sdk-shapes.ts';

/** Methods whose `params.uri` addresses a resource (conventions: `mcp.resource.uri`). */
const WITH_RESOURCE_URI: ReadonlySet<string> = new Set([
  'resources/read',
  'resources/subscribe',
  'resources/unsubscribe',
  'notifications/resources/updated',
]);

/** The resource a message addresses, if it addresses one. */
export function resourceUriOf(method: string, params: JsonRpcMessage['params']): string | undefined {
  if (!WITH_RESOURCE_URI.has(method)) return undefined;
  const uri = params?.['uri'];
  return typeof uri === 'string' ? uri : undefined;
}
