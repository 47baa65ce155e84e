import { describe, expect, it } from 'vitest';
import { type GuestCase, observeGuest } from '../../support/guest-apps.ts';
import { expectIntact } from './expectations.ts';

/** A subset in which every two circumstances of the matrix that could matter to each other meet; `npm run test:matrix` has all. */
const CASES: readonly GuestCase[] = [
  { application: 'API 1.9, sdk-trace-node 2.x', ours: 'ours 2.x', format: 'mjs', order: 'before', sampler: 'on' },
  { application: 'API 1.9, sdk-trace-node 2.x', ours: 'ours 3.x', format: 'cjs', order: 'after', sampler: 'off' },
  { application: 'API 1.9, sdk-trace 2.x', ours: 'ours 3.x', format: 'mjs', order: 'connected', sampler: 'on' },
  { application: 'API 1.10, sdk-trace-node 2.x', ours: 'ours 2.x', format: 'mjs', order: 'after', sampler: 'on' },
  { application: 'API 1.10, sdk-trace 3.x', ours: 'ours 2.x', format: 'mjs', order: 'after', sampler: 'on' },
  { application: 'API 1.10, sdk-trace 3.x', ours: 'ours 2.x', format: 'cjs', order: 'before', sampler: 'off' },
  { application: 'API 1.10, sdk-node 3.x', ours: 'ours 3.x', format: 'cjs', order: 'connected', sampler: 'on' },
  { application: 'shared, sdk-trace 2.x', ours: 'ours 2.x', format: 'cjs', order: 'after', sampler: 'on' },
  { application: 'shared, sdk-trace 3.x', ours: 'ours 3.x', format: 'mjs', order: 'after', sampler: 'on' },
];

describe('an application with copies of OpenTelemetry of its own', () => {
  it.each(CASES)(
    'keeps all of it, and has our operations: $application, $ours, $format, $order, sampler $sampler',
    { timeout: 120_000 },
    async (guest) => {
      expectIntact(guest, await observeGuest(guest));
    },
  );
});

describe('an application that has the API and no SDK', () => {
  it.each([
    { application: 'API 1.9', ours: 'ours 3.x', format: 'mjs' },
    { application: 'API 1.10', ours: 'ours 2.x', format: 'cjs' },
  ] as const)(
    'has its spans and metrics in ours: $application, $ours, $format',
    { timeout: 120_000 },
    async (alone) => {
      // The folders lie within this project, whose own packages look like the application's: so it is said.
      const env = { MCP_VITALS_OTEL: 'own' };
      const { active, calls, metricsText, stderr } = await observeGuest(
        { ...alone, order: 'never', sampler: 'on' },
        env,
      );
      expect(active).toEqual(Array(calls).fill('true'));
      expect(metricsText).toMatch(new RegExp(`^user_calls_total\\{[^}]*\\} ${calls}$`, 'm'));
      expect(stderr).toBe('');
    },
  );
});
