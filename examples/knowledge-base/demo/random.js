// @ts-check
/**
 * Random numbers that are the same in every run (mulberry32), so that two runs send the same calls at the same moments.
 * @param {number} seed
 * @returns {() => number} from 0 up to 1
 */
export function createRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * @template T
 * @param {readonly T[]} items not empty
 * @param {() => number} random
 * @returns {T}
 */
export function pick(items, random) {
  return /** @type {T} */ (items[Math.floor(random() * items.length)]);
}
