import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { describe, expect, it } from 'vitest';
import { NameRegistry } from '../../../src/mcp/name-registry.ts';
import type { McpServerLike, ProtocolLike } from '../../../src/mcp/sdk-shapes.ts';
import { verifies } from '../../support/verifies.ts';

const LIMITS = { tools: 3, prompts: 2, methods: 3 };

function serverWith(...tools: string[]): { server: McpServerLike; protocol: ProtocolLike } {
  const server = new McpServer({ name: 'names', version: '1' });
  for (const tool of tools) server.registerTool(tool, {}, () => ({ content: [] }));
  return { server: server as unknown as McpServerLike, protocol: server.server as unknown as ProtocolLike };
}

describe('the name of a tool or prompt', () => {
  it('is a label when it is registered, and only then', () => {
    verifies('NFR-05');
    const names = new NameRegistry(LIMITS);
    const { server } = serverWith('search');
    expect(names.target('tool', 'search', server)).toBe('search');
    expect(names.target('tool', 'made up', server)).toBeUndefined();
    expect(names.target('prompt', 'search', server)).toBeUndefined();
    expect(names.target('tool', 'search', undefined)).toBe('search');
    expect(names.target('tool', 'other', undefined)).toBeUndefined();
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('%s is not a registered one', (name) => {
    verifies('NFR-05');
    expect(new NameRegistry(LIMITS).target('tool', name, serverWith('search').server)).toBeUndefined();
  });

  it('is a label when the server has listed it or answered a call of it', () => {
    const names = new NameRegistry(LIMITS);
    names.learn('tool', [{ name: 'listed' }, { name: 7 }, null, 'text', {}]);
    expect(names.target('tool', 'listed', undefined)).toBe('listed');
    expect(names.vouch('tool', 'answered')).toBe('answered');
    expect(names.target('tool', 'answered', undefined)).toBe('answered');
    for (const hostile of [undefined, null, 'tools', { length: 3 }, 7]) names.learn('prompt', hostile);
    expect(names.target('prompt', 'listed', undefined)).toBeUndefined();
  });

  it('is a label within the bound, first come first served; a wider bound admits more', () => {
    verifies('NFR-05');
    const names = new NameRegistry(LIMITS);
    const all = Array.from({ length: 1000 }, (_, index) => `tool_${index}`);
    const { server } = serverWith(...all);
    const admitted = (): number => all.filter((name) => names.target('tool', name, server) !== undefined).length;
    expect(admitted()).toBe(3);
    names.learn('tool', [{ name: 'one_more' }]);
    expect(names.vouch('tool', 'one_more')).toBeUndefined();
    names.limit({ ...LIMITS, tools: 5 });
    expect(admitted()).toBe(5);
    expect(names.target('tool', 'tool_0', server)).toBe('tool_0');
  });

  it('is no label when it is longer than a label should be, or empty', () => {
    verifies('NFR-05');
    const names = new NameRegistry(LIMITS);
    expect(names.vouch('tool', 'x'.repeat(257))).toBeUndefined();
    expect(names.vouch('tool', '')).toBeUndefined();
    expect(names.vouch('tool', 'x'.repeat(256))).toHaveLength(256);
  });
});

describe('the name of a method', () => {
  it('is a label when the conventions know it or the server handles it', () => {
    verifies('NFR-05');
    const names = new NameRegistry({ ...LIMITS, methods: 10 });
    const { protocol } = serverWith();
    protocol._requestHandlers?.set('example/custom', () => ({}));
    const methods = ['tools/call', 'example/custom', 'no/such', '__proto__', 'constructor', ''];
    expect(methods.map((method) => names.method(method, protocol))).toEqual([
      'tools/call',
      'example/custom',
      '_OTHER',
      '_OTHER',
      '_OTHER',
      '_OTHER',
    ]);
  });

  it('is a label within the bound', () => {
    const names = new NameRegistry(LIMITS);
    const { protocol } = serverWith();
    const methods = ['tools/call', 'tools/list', 'ping', 'prompts/get', 'tools/call'];
    expect(methods.map((method) => names.method(method, protocol))).toEqual([
      'tools/call',
      'tools/list',
      'ping',
      '_OTHER',
      'tools/call',
    ]);
  });
});
