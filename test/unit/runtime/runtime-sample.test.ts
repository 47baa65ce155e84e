import { describe, expect, it } from 'vitest';
import { activeShare, coresBusy } from '../../../src/runtime/runtime-sample.ts';

describe('the share of a core', () => {
  it('is CPU time per elapsed time, by mode, and may exceed one core', () => {
    expect(coresBusy({ user: 10, system: 2 }, { user: 13, system: 2.5 }, 2)).toEqual({ user: 1.5, system: 0.25 });
  });

  it('is unknown when the clock did not move forward', () => {
    for (const elapsed of [0, -0, -1, Number.NaN]) {
      expect(coresBusy({ user: 1, system: 1 }, { user: 2, system: 2 }, elapsed)).toBeUndefined();
    }
  });

  it('is never negative', () => {
    expect(coresBusy({ user: 5, system: 5 }, { user: 4, system: 5 }, 1)).toEqual({ user: 0, system: 0 });
  });
});

describe('the active share of the event loop', () => {
  it('is active time over all time', () => {
    expect(activeShare(1, 3)).toBe(0.25);
    expect(activeShare(0, 3)).toBe(0);
    expect(activeShare(2, 0)).toBe(1);
  });

  it('is unknown while the loop has not begun or no time has passed', () => {
    expect(activeShare(0, 0)).toBeUndefined();
    expect(activeShare(Number.NaN, 1)).toBeUndefined();
  });

  it('stays within 0 and 1 when rounding makes a part negative', () => {
    expect(activeShare(-0.001, 1)).toBe(0);
    expect(activeShare(1, -0.001)).toBe(1);
  });
});
