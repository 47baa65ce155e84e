import { expect, it } from 'vitest';
import { transformSource } from '../../src/mcp/loader/source-transform.ts';
import { verifies } from '../support/verifies.ts';

/** Documentation that a server carries with it, as text that has the form of the SDK's code. */
const TEXT =
  'async connect(transport) { this._requestHandlers = new Map(); this._registeredTools = {}; processReadBuffer() {';

// The calls that are put in held double quotes: a string with such a text ended in its middle, and the server did not start.
it.each(['"', "'", '`'])(
  'a text that looks like the SDK in a string in %s does not keep a server from starting',
  (quote) => {
    verifies('NFR-05');
    const source = `const _onrequest = 1; const text = ${quote}${TEXT}${quote}; return [text.length > 0, _onrequest];`;
    const changed = transformSource(source);
    expect(changed).toContain('mcp-vitals.hook');
    expect(new Function(changed ?? '')()).toEqual([true, 1]);
  },
);
