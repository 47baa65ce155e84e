import { afterAll, afterEach, describe, it } from 'vitest';
import { stopServers } from '../../support/instrumented-server.ts';
import { verifies } from '../../support/verifies.ts';
import { stdioCase } from './matrix-case.ts';
import { placeFixture, removePrograms } from './programs.ts';
import { selfDriven } from './self-driven.ts';

afterEach(stopServers);
afterAll(removePrograms);

const SENT = [['initialize'], ['notifications/initialized'], ['tools/call', 'echo']] as const;
const TWICE = [
  ['tools/call', 'echo'],
  ['tools/call', 'echo'],
] as const;

describe.each(['v1', 'v2'])('A server of generation %s', (generation) => {
  it.each([
    ['on a transport of its own', 'plain'],
    ['on a transport with private state', 'guarded'],
    ['on a sealed transport', 'sealed'],
    ['whose second connect is refused', 'twice'],
    ['asked twice at once under the same id', 'same id'],
  ])('%s says the same and is counted exactly', async (_, oddity) => {
    verifies('REG-01', 'NFR-05');
    const script = await placeFixture('any-odd.mjs');
    await stdioCase({
      script,
      options: { arguments: [generation, oddity] },
      names: ['echo'],
      expectation: {
        transport: 'pipe',
        protocolVersion: '2025-06-18',
        sessions: { active: 1, started: 1 },
        // Two requests under one id cannot be told apart between the answer's stages; they are still counted and answered.
        executed: oddity === 'same id' ? [] : ['echo'],
      },
      converse: (ledger, client) => selfDriven(ledger, client, oddity === 'same id' ? [...SENT, ...TWICE] : SENT),
    });
  });
});
