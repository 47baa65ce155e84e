import { expect, it } from 'vitest';
import { Instrumentation } from '../../src/mcp/instrumentation.ts';
import { patchMcpServer } from '../../src/mcp/patch-mcp-server.ts';
import { verifies } from '../support/verifies.ts';

// The wrappers of the two methods in which execution begins had lost what keeps a failure of ours from the server.
it.each(['executeToolHandler', 'handleAutomaticTaskPolling'])(
  'a stamp that fails leaves %s of the server as it was, and is counted',
  (method) => {
    verifies('NFR-05');
    const prototype: Record<string, unknown> = { [method]: (...args: unknown[]) => ['called', ...args] };
    const instrumentation = new Instrumentation();
    patchMcpServer(instrumentation, prototype);
    const extra = {
      get requestId(): string {
        throw new Error('not to be read');
      },
    };
    const patched = prototype[method] as (...args: unknown[]) => unknown;
    expect(patched.call({ server: {} }, 'tool', 'args', extra)).toEqual(['called', 'tool', 'args', extra]);
    expect([...instrumentation.recorder.selfErrors]).toEqual([['Error', 1]]);
  },
);
