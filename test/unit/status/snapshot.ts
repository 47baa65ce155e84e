import type { Snapshot } from '../../../src/core/model/snapshot.ts';

/** The figures endpoints under test serve. */
export const SNAPSHOT: Snapshot = {
  schemaVersion: 1,
  timestamp: 1_700_000_000_000,
  service: { name: 'kb', version: '1.2.3', instanceId: 'i-1' },
  windowSeconds: 60,
  operations: [],
  requests: { active: 1, peak: 2, queued: 0 },
  sessions: { active: 1, started: 1 },
  process: undefined,
  dropped: {},
};
