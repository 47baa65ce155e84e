import { type Classified, classifyHttp } from './classify-http.ts';

/** As OpenTelemetry's API numbers them. */
const SPAN_KIND_SERVER = 1;
const SPAN_KIND_CLIENT = 2;
const SPAN_KIND_CONSUMER = 4;

type SpanAttributes = Readonly<Record<string, unknown>>;

/** Systems of the database conventions that are there to spare another look-up. */
const CACHE_SYSTEMS: ReadonlySet<string> = new Set(['redis', 'memcached', 'valkey']);
/** Spans that stand around the calls of others rather than for one. */
const GEN_AI_FRAMES: ReadonlySet<string> = new Set(['execute_tool', 'invoke_agent', 'create_agent', 'invoke_workflow']);

/**
 * Which component a span stands for, by the semantic conventions in their present and in their former names; `undefined`
 * for a span that is no call of a component.
 */
export function classifySpan(kind: number, attributes: SpanAttributes): Classified | undefined {
  if (kind === SPAN_KIND_SERVER || kind === SPAN_KIND_CONSUMER) return undefined;
  const text = (...names: readonly string[]): string | undefined => {
    for (const name of names) {
      const value = attributes[name];
      if (typeof value === 'string' && value !== '') return value;
    }
    return undefined;
  };
  const system = text('db.system.name', 'db.system');
  if (system !== undefined) return databaseOf(system, text('db.namespace', 'db.name'));
  const aim = text('gen_ai.operation.name');
  if (aim !== undefined) {
    if (GEN_AI_FRAMES.has(aim)) return undefined;
    const name = text('gen_ai.provider.name', 'gen_ai.system', 'server.address') ?? 'gen_ai';
    return { kind: aim === 'embeddings' ? 'embedding' : 'generation', name };
  }
  const flags = text('feature_flag.provider.name', 'feature_flag.provider_name');
  if (flags !== undefined || text('feature_flag.key') !== undefined) {
    return { kind: 'feature_flag', name: flags ?? 'feature_flag' };
  }
  const messaging = text('messaging.system');
  if (messaging !== undefined) return { kind: 'messaging', name: messaging };
  if (kind !== SPAN_KIND_CLIENT || text('http.request.method', 'http.method') === undefined) return undefined;
  const url = parseUrl(text('url.full', 'http.url'));
  const host = text('server.address', 'net.peer.name', 'http.host') ?? url?.hostname ?? '';
  return classifyHttp(withoutPort(host), text('url.path', 'http.target') ?? url?.pathname ?? '');
}

/** A database is named by its system and the data base in it; a cache by its system only, whose data bases are numbers. */
export function databaseOf(system: string, namespace: string | undefined): Classified {
  if (CACHE_SYSTEMS.has(system)) return { kind: 'cache', name: system };
  return { kind: 'database', name: namespace === undefined || namespace === '' ? system : `${system}/${namespace}` };
}

/** Whether a span of a database is only about getting a connection: that takes time, but is no call of its own. */
export function isConnecting(spanName: string): boolean {
  return /(^|[.\-_ ])connect\b/i.test(spanName);
}

function parseUrl(text: string | undefined): URL | undefined {
  if (text === undefined) return undefined;
  return URL.canParse(text) ? new URL(text) : undefined;
}

function withoutPort(host: string): string {
  return /^[^:]+:\d+$/.test(host) ? host.slice(0, host.lastIndexOf(':')) : host;
}
