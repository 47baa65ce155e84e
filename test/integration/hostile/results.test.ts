import { afterEach, expect, it } from 'vitest';
import { stopServers } from '../../support/instrumented-server.ts';
import { verifies } from '../../support/verifies.ts';
import { answeredIds, call, converseWithBoth } from './both.ts';

afterEach(() => stopServers());

const NAMES = [
  'a string thrown',
  'undefined thrown',
  'a symbol thrown',
  'an object with a code thrown',
  'a frozen error',
  'a rejection without a reason',
  'nothing returned',
  'null returned',
  'a function returned',
  'a frozen result',
  'a proxy',
  'a proxy without isError',
  'a proxy without then',
  'a result that says how it is serialised',
  'a lazy thenable',
  'a then that changes',
];

// The property `then` of a result was read once more than without us, which a getter can tell.
it('results and errors nobody expects from a handler are answered as without us', async () => {
  verifies('NFR-05');
  const lines = NAMES.map((name) => call(name, name));
  const { bare, measured, figures } = await converseWithBoth('odd-results-v1.mjs', lines);
  expect(measured).toEqual(bare);
  expect(answeredIds(figures.client.received)).toEqual(expect.arrayContaining(['a lazy thenable', 'end']));
});
