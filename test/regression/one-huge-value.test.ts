import { expect, it } from 'vitest';
import { seededDraws } from '../../bench/detection/random.ts';
import { GaugeDetector } from '../../src/alerts/anomaly/gauge-detector.ts';

it('one huge value in a series does not hide a level that falls behind it: the means around it are those of what came', () => {
  const draws = seededDraws(11);
  const detector = new GaugeDetector();
  const found: number[] = [];
  for (let n = 0; n < 900; n += 1) {
    // Within the range of single values on both sides: only the means show it.
    const level = n < 700 ? 100 : 88;
    const deviation = detector.add(n === 300 ? 1e30 : level + 80 * (draws.uniform() - 0.5));
    if (deviation !== undefined && n > 700) found.push(deviation.observed);
  }
  expect(found[0]).toBeGreaterThan(75);
  expect(found[0]).toBeLessThan(95);
});
