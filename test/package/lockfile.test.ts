import { describe, expect, test } from 'vitest';
import { completeLock, type Lock, missingOptional, readLock } from './lockfile.ts';

const lock = readLock();

describe('package-lock.json', () => {
  test('mentions the optional packages of every platform, so that npm ci accepts it everywhere', () => {
    expect(Object.keys(lock.packages).length).toBeGreaterThan(100);
    expect(missingOptional(lock), 'npm run lock:complete adds them').toEqual([]);
  });

  test('names no registry, so that it works behind any mirror', () => {
    expect(JSON.stringify(lock)).not.toContain('"resolved"');
  });
});

describe('completing a lock file', () => {
  const incomplete: Lock = {
    packages: {
      'node_modules/tool': { version: '1.0.0', dev: true, optionalDependencies: { '@tool/linux-x64-musl': '1.0.0' } },
      'node_modules/host': { version: '2.0.0' },
      'node_modules/host/node_modules/tool': {
        version: '2.0.0',
        optionalDependencies: { '@tool/darwin-arm64': '2.0.0' },
      },
      'node_modules/@tool/darwin-arm64': { version: '2.0.0' },
    },
  };

  test('sees a missing package, and finds one that is hoisted', () => {
    expect(missingOptional(incomplete)).toEqual([
      { wantedBy: 'node_modules/tool', name: '@tool/linux-x64-musl', version: '1.0.0' },
    ]);
  });

  test('adds an entry that npm skips on other platforms', () => {
    const { packages } = completeLock(incomplete);
    expect(packages['node_modules/@tool/linux-x64-musl']).toEqual({
      version: '1.0.0',
      cpu: ['x64'],
      dev: true,
      libc: ['musl'],
      optional: true,
      os: ['linux'],
    });
    expect(missingOptional({ packages })).toEqual([]);
  });

  test('invents no entry for a package of unknown platform', () => {
    expect(() => completeLock({ packages: { a: { optionalDependencies: { b: '^1.0.0' } } } })).toThrow('b@^1.0.0');
  });
});
