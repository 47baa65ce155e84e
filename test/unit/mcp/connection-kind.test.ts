import { ServerResponse } from 'node:http';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
import * as v2 from '@modelcontextprotocol/server';
import { StdioServerTransport as StdioServerTransportV2 } from '@modelcontextprotocol/server/stdio';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { TransportLike } from '../../../src/mcp/sdk-shapes.ts';
import { verifies } from '../../support/verifies.ts';

type KindModule = typeof import('../../../src/mcp/connection-kind.ts');

let kinds: KindModule;
// Kinds are interned for the process: every test begins without any.
beforeEach(async () => {
  vi.resetModules();
  kinds = await import('../../../src/mcp/connection-kind.ts');
});

describe('the kind of a connection', () => {
  it.each([
    ['stdio of SDK 1', () => new StdioServerTransport(), 'pipe', ''],
    ['stdio of SDK 2', () => new StdioServerTransportV2(), 'pipe', ''],
    ['in-memory of SDK 1', () => InMemoryTransport.createLinkedPair()[0], 'inproc', ''],
    ['in-memory of SDK 2', () => v2.InMemoryTransport.createLinkedPair()[0], 'inproc', ''],
    ['Streamable HTTP', () => new StreamableHTTPServerTransport(), 'tcp', 'http'],
    ['web-standard HTTP of SDK 1', () => new WebStandardStreamableHTTPServerTransport({}), 'tcp', 'http'],
    ['web-standard HTTP of SDK 2', () => new v2.WebStandardStreamableHTTPServerTransport({}), 'tcp', 'http'],
    [
      'one request of SDK 2',
      () => new v2.PerRequestHTTPServerTransport({ classification: { era: 'modern' } }),
      'tcp',
      'http',
    ],
    ['legacy SSE', () => new SSEServerTransport('/messages', new ServerResponse({} as never)), 'tcp', 'http'],
  ])('is told by the structure of the transport: %s', (_name, create, transport, protocolName) => {
    const kind = kinds.kindOfTransport(create() as unknown as TransportLike);
    expect(kind).toMatchObject({ transport, protocolName, protocolVersion: '' });
  });

  it('is the same object for the same combination, and learns the protocol revision', () => {
    const http = kinds.connectionKind('tcp', 'http', '');
    expect(kinds.connectionKind('tcp', 'http', '')).toBe(http);
    const newest = kinds.withProtocolVersion(http, '2025-11-25');
    expect(newest).toMatchObject({ transport: 'tcp', protocolName: 'http', protocolVersion: '2025-11-25' });
    expect(kinds.withProtocolVersion(newest, '2025-11-25')).toBe(newest);
    expect(newest.index).not.toBe(http.index);
  });

  it('is bounded, whatever revisions clients claim', () => {
    verifies('NFR-05');
    const pipe = kinds.connectionKind('pipe', '', '');
    const versions = new Set<string>();
    const claims = ['1', 'DRAFT', '2025-06-18\n', 'x'.repeat(10_000), '__proto__'];
    for (const claim of claims) versions.add(kinds.withProtocolVersion(pipe, claim).protocolVersion);
    expect([...versions]).toEqual(['_OTHER']);
    for (let year = 1000; year < 3000; year += 1) {
      versions.add(kinds.withProtocolVersion(pipe, `${year}-01-01`).protocolVersion);
    }
    expect(versions.size).toBeLessThanOrEqual(65);
  });
});
