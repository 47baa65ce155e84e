import type { ComponentKind } from '../../core/model/component.ts';
import { OTHER } from '../../semconv/attributes.ts';

/** What a call is, before it has become one of the bounded components. */
export interface Classified {
  readonly kind: ComponentKind;
  readonly name: string;
}

/** What a host name or an address consists of; anything else was not one. */
const HOST = /^[a-z0-9._:-]+$/;
/** OpenAI-compatible services, whatever stands before the path: `/v1`, `/api/v1`, `/openai/deployments/…`. */
const EMBEDDINGS = /\/embeddings$/;
const GENERATIONS = /\/(chat\/completions|completions|v1\/responses|v1\/messages)$/;

/** An outgoing HTTP request by its host and path. Only the host becomes a name, and of the path nothing is kept. */
export function classifyHttp(host: string, path: string): Classified {
  return { kind: kindOfPath(path), name: hostName(host) };
}

function kindOfPath(path: string): ComponentKind {
  const end = path.search(/[?#]/);
  const bare = end === -1 ? path : path.slice(0, end);
  if (EMBEDDINGS.test(bare)) return 'embedding';
  return GENERATIONS.test(bare) ? 'generation' : 'http';
}

/** Lower case and without the brackets of IPv6, so that every source spells it alike. */
function hostName(host: string): string {
  const bare = (host.startsWith('[') ? host.slice(1, -1) : host).toLowerCase();
  return HOST.test(bare) ? bare : OTHER;
}
