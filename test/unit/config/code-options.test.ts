import { describe, expect, it } from 'vitest';
import { ConfigError, defineConfig, isConfigError, type VitalsOptions } from '../../../src/config/index.ts';
import { load } from './load.ts';

/** Options as they come from JavaScript, where no compiler looked at them. */
function untyped(options: unknown): VitalsOptions {
  return options as VitalsOptions;
}

async function failure(options: unknown): Promise<ConfigError> {
  try {
    await load({ code: untyped(options) });
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('the options were accepted');
}

describe('options in code', () => {
  it('throw one error that lists every problem with its path', async () => {
    const error = await failure({
      status: { port: 'abc', token: 5 },
      windowMs: -1,
      trace: {},
      traces: { sampelRatio: 1 },
    });
    expect(error.code).toBe('ERR_MCP_VITALS_CONFIG');
    expect(error.message.split('\n')).toEqual([
      '5 problems in the options',
      '  - status.port: received "abc", expected an integer from 0 to 65535, or off',
      '  - status.token: received ***, expected at most 1024 visible ASCII characters without space',
      '  - windowMs: received -1 ms, expected a duration from 1000 to 3600000 ms (a number of ms, or text such as 500ms, 60s, 5m, 1h)',
      '  - trace: received an unknown option, expected traces, the nearest known option',
      '  - traces.sampelRatio: received an unknown option, expected sampleRatio, the nearest known option of traces',
    ]);
    expect(error.problems.map((problem) => problem.severity)).toEqual(Array.from({ length: 5 }, () => 'error'));
  });

  it.each([
    ['null', null, 'options: received null, expected an object'],
    ['an array', [], 'options: received an array, expected an object'],
    ['a number', 5, 'options: received 5, expected an object'],
    ['null for a setting', { windowMs: null }, 'windowMs: received null'],
    ['null for a section', { status: null }, 'status: received null, expected an object with enabled, port, host'],
    ['text for a section', { status: 'pa55' }, 'status: received a string, expected an object'],
    ['a dotted name', { 'status.port': 1 }, 'status.port: received an unknown option'],
    ['a prototype key', JSON.parse('{"__proto__":{"port":1}}'), '__proto__: received an unknown option'],
    ['a name of Object.prototype', { constructor: {}, toString: {} }, 'constructor: received an unknown option'],
    [
      'a batch larger than its queue',
      { batch: { maxQueueSize: 5, maxExportBatchSize: 6 } },
      'expected at most the queue size, 5',
    ],
  ])('%s is refused', async (_, options, message) => {
    expect((await failure(options)).message).toContain(message);
  });

  it('refuse a getter that throws as a problem of that option', async () => {
    const options = {
      get windowMs(): number {
        throw new Error('no');
      },
    };
    expect((await failure(options)).message).toContain('windowMs: received a getter that throws');
  });

  it('may be left undefined at every level', async () => {
    const { values } = await load({ code: { status: undefined, windowMs: undefined, log: { level: undefined } } });
    expect([values.windowMs, values.log.level]).toEqual([60_000, 'warn']);
  });

  it('pass through defineConfig unchanged', () => {
    const options = { windowMs: 1000 };
    expect(defineConfig(options)).toBe(options);
  });

  it('are read before the file and the environment, whose problems then do not matter', async () => {
    await expect(load({ code: untyped({ a: 1 }), env: { MCP_VITALS_CONFIG: 'no-such-file.json' } })).rejects.toThrow(
      '1 problem in the options',
    );
  });
});

describe('isConfigError', () => {
  it('recognises the error of another installed copy, and nothing else', () => {
    const foreign = Object.assign(new Error('x'), { [Symbol.for('mcp-vitals.ConfigError')]: true });
    expect([new ConfigError([]), foreign, new Error('x'), null, 'x', {}].map(isConfigError)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
  });
});
