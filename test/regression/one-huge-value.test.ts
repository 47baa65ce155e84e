import { describe, expect, it } from 'vitest';
import { GaugeDetector } from '../../src/alerts/anomaly/gauge-detector.ts';

describe('one huge value in a series', () => {
  it('is one finding, and the means behind it are those of what came, however small that is beside it', () => {
    const detector = new GaugeDetector();
    const observed: number[] = [];
    for (let n = 0; n < 600; n += 1) {
      const isHuge = n === 300;
      // Behind the hold-down of the spike a level that is new.
      const value = isHuge ? 1e30 : n < 420 ? 100 + (n % 7) : 200 + (n % 7);
      const deviation = detector.add(value);
      if (deviation !== undefined) observed.push(deviation.observed);
    }
    expect(observed[0]).toBeGreaterThan(1e27);
    expect(observed.slice(1)).toHaveLength(1);
    expect(observed[1]).toBeGreaterThan(106);
    expect(observed[1]).toBeLessThan(207);
  });
});
