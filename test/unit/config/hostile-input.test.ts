import { describe, expect, it } from 'vitest';
import type { VitalsOptions } from '../../../src/config/index.ts';
import { load } from './load.ts';

const HUGE = 'x'.repeat(5_000_000);

describe('hostile input', () => {
  it('of five million characters in the environment becomes short lines', async () => {
    const env = { MCP_VITALS_HOST: HUGE, OTEL_RESOURCE_ATTRIBUTES: `a=${HUGE}`, [`MCP_VITALS_${HUGE}`]: '1' };
    const { values, lines } = await load({ env });
    expect(values.status.host).toBe('127.0.0.1');
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line.length).toBeLessThan(700);
  });

  it('of control characters cannot break a line or steer a terminal', async () => {
    const { lines } = await load({
      env: { MCP_VITALS_HOST: 'a\n\u001b[2Jb\u009b31m\u202ec', 'MCP_VITALS_\u001b[2J': '' },
    });
    expect(lines).toHaveLength(2);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: looking for them is the purpose
    for (const line of lines) expect(line).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(lines.join('').split('\n')).toHaveLength(3);
  });

  it('of ten thousand unknown names is bounded in lines and in problems', async () => {
    const env = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`MCP_VITALS_NAME_${index}`, '1']));
    const { config, lines } = await load({ env });
    expect(config.problems.length).toBeLessThan(60);
    expect(lines.length).toBeLessThan(30);
    expect(lines.at(-1)).toContain('further problems');
    expect(config.problems.at(-1)?.received).toBe('9950 further problems');
  });

  it('of deep nesting is not walked', async () => {
    let deep: unknown = 1;
    for (let depth = 0; depth < 100_000; depth += 1) deep = { deep };
    const cyclic: Record<string, unknown> = {};
    cyclic['status'] = cyclic;
    const options = { windowMs: deep, resource: { attributes: { a: [[[cyclic]]] } }, ...cyclic } as unknown;
    await expect(load({ code: options as VitalsOptions })).rejects.toThrow(
      /windowMs: received an object.*\n.*resource\.attributes: received "a=an array".*\n.*status\.status: received an unknown option/,
    );
  });

  it('of throwing proxies is a problem of the option concerned', async () => {
    const attributes = Proxy.revocable({}, {});
    attributes.revoke();
    const options = { resource: { attributes: attributes.proxy }, windowMs: 5000 };
    await expect(load({ code: options })).rejects.toThrow(
      'resource.attributes: received a value that throws when read',
    );
  });

  it('of prototype names in attributes pollutes nothing', async () => {
    const { values, lines } = await load({
      env: { OTEL_RESOURCE_ATTRIBUTES: '__proto__=x' },
      file: { resource: { attributes: { constructor: 'c', toString: 't' } } },
    });
    expect(Object.entries(values.resource.attributes)).toEqual([
      ['constructor', 'c'],
      ['toString', 't'],
    ]);
    expect(lines).toHaveLength(1);
  });
});
