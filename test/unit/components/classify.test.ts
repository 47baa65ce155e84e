import { describe, expect, it } from 'vitest';
import { classifyHttp } from '../../../src/components/time/classify-http.ts';
import { classifySpan, isConnecting } from '../../../src/components/time/classify-span.ts';
import { ComponentRegistry } from '../../../src/components/time/component-registry.ts';
import { verifies } from '../../support/verifies.ts';

const INTERNAL = 0;
const SERVER = 1;
const CLIENT = 2;
const PRODUCER = 3;
const CONSUMER = 4;

describe('spans by the semantic conventions', () => {
  verifies('LAT-04');

  it.each([
    [CLIENT, { 'db.system.name': 'postgresql', 'db.namespace': 'shop' }, 'database postgresql/shop'],
    [CLIENT, { 'db.system': 'mysql', 'db.name': 'shop', 'net.peer.name': 'db1' }, 'database mysql/shop'],
    [INTERNAL, { 'db.system.name': 'sqlite' }, 'database sqlite'],
    [CLIENT, { 'db.system': 'redis', 'db.namespace': '0' }, 'cache redis'],
    [CLIENT, { 'db.system.name': 'memcached' }, 'cache memcached'],
    [CLIENT, { 'db.system': 'opensearch', 'http.request.method': 'POST' }, 'database opensearch'],
    [CLIENT, { 'gen_ai.operation.name': 'embeddings', 'gen_ai.provider.name': 'openai' }, 'embedding openai'],
    [CLIENT, { 'gen_ai.operation.name': 'chat', 'gen_ai.system': 'openai' }, 'generation openai'],
    [INTERNAL, { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'x' }, undefined],
    [
      CLIENT,
      { 'http.request.method': 'GET', 'server.address': 'api.example.org', 'url.path': '/a' },
      'http api.example.org',
    ],
    [CLIENT, { 'http.method': 'GET', 'http.url': 'http://API.example.org:8080/a?b=1' }, 'http api.example.org'],
    [CLIENT, { 'http.request.method': 'POST', 'url.full': 'http://[::1]:80/v1/embeddings' }, 'embedding ::1'],
    [
      CLIENT,
      { 'http.method': 'POST', 'http.host': 'llm:11434', 'http.target': '/v1/chat/completions' },
      'generation llm',
    ],
    [SERVER, { 'http.request.method': 'GET', 'server.address': 'me' }, undefined],
    [INTERNAL, { 'http.request.method': 'GET', 'server.address': 'me' }, undefined],
    [PRODUCER, { 'messaging.system': 'kafka' }, 'messaging kafka'],
    [CONSUMER, { 'messaging.system': 'kafka' }, undefined],
    [INTERNAL, { 'feature_flag.key': 'beta', 'feature_flag.provider.name': 'flagd' }, 'feature_flag flagd'],
    [CLIENT, { 'rpc.system': 'grpc' }, undefined],
    [CLIENT, { 'db.system': 7 }, undefined],
  ])('kind %i with %j is %s', (kind, attributes, expected) => {
    const found = classifySpan(kind, attributes);
    expect(found === undefined ? undefined : `${found.kind} ${found.name}`).toBe(expected);
  });

  it('tells connecting from calls', () => {
    for (const name of ['pg.connect', 'pg-pool.connect', 'redis-connect', 'connect'])
      expect(isConnecting(name)).toBe(true);
    for (const name of ['pg.query:SELECT shop', 'SELECT connections', 'reconnecting'])
      expect(isConnecting(name)).toBe(false);
  });
});

describe('outgoing HTTP requests', () => {
  it.each([
    ['api.openai.com', '/v1/embeddings', 'embedding api.openai.com'],
    ['azure', '/openai/deployments/x/embeddings?api-version=1', 'embedding azure'],
    ['azure', '/openai/deployments/x/chat/completions?api-version=1', 'generation azure'],
    ['api.openai.com', '/v1/responses', 'generation api.openai.com'],
    ['api.example.org', '/v1/embeddings/42', 'http api.example.org'],
    ['api.example.org', '/search?q=/v1/embeddings', 'http api.example.org'],
    ['[::1]', '/', 'http ::1'],
    ['Ex AMPLE{}', '/', 'http _OTHER'],
  ])('to %s%s are %s', (host, path, expected) => {
    const { kind, name } = classifyHttp(host, path);
    expect(`${kind} ${name}`).toBe(expected);
  });
});

describe('the registry of components', () => {
  it('has one object per kind and name, and at most as many names as it may', () => {
    const registry = new ComponentRegistry(2);
    const orders = registry.component('database', 'orders');
    expect(registry.component('database', 'orders')).toBe(orders);
    expect(registry.component('http', 'orders')).not.toBe(orders);
    const other = registry.component('http', 'third');
    expect(other).toEqual({ kind: 'http', name: '_OTHER' });
    expect(registry.component('http', 'fourth')).toBe(other);
    expect(registry.component('database', 'orders')).toBe(orders);
  });

  it('keeps no name of any length, and a name of _OTHER takes no place', () => {
    const registry = new ComponentRegistry(1);
    expect(registry.component('custom', 'x'.repeat(101)).name).toBe('_OTHER');
    expect(registry.component('custom', 'x').name).toBe('x');
  });

  it.each([
    ['database', 'database', 'database'],
    ['database:orders', 'database', 'orders'],
    ['feature_flag: flagd', 'feature_flag', 'flagd'],
    ['reranker', 'custom', 'reranker'],
    ['step:rank', 'custom', 'step:rank'],
  ])('reads %s as code writes it', (text, kind, name) => {
    const registry = new ComponentRegistry(10);
    expect(registry.written(text)).toEqual({ kind, name });
    expect(registry.written(text)).toBe(registry.component(kind as 'custom', name));
  });
});
