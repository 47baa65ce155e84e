// What stands between a bare server and the row to measure. `prepare` must be called before the MCP SDK is imported.
import { AsyncLocalStorage } from 'node:async_hooks';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compose, recordedBy } from './composition.mjs';

const STAMPS = {
  attach: true,
  receipt: false,
  serialization: false,
  context: false,
  exportRatio: 0,
  series: false,
  window: false,
};
const CLOCKS = { ...STAMPS, receipt: true, serialization: true };

const COMPOSED = {
  patch: { ...STAMPS, attach: false },
  stamps: STAMPS,
  receipt: { ...STAMPS, receipt: true },
  clocks: CLOCKS,
  context: { ...CLOCKS, context: true },
  'span-10': { ...CLOCKS, context: true, exportRatio: 0.1 },
  'span-100': { ...CLOCKS, context: true, exportRatio: 1 },
  series: { ...CLOCKS, context: true, exportRatio: 0.1, series: true },
  window: { ...CLOCKS, context: true, exportRatio: 0.1, series: true, window: true },
};

const HAND_ROLLED = {
  'hand-rolled-10': { sampleRatio: 0.1 },
  'hand-rolled-100': { sampleRatio: 1 },
  'hand-rolled-100-sent': { sampleRatio: 1, send: true },
};

/**
 * @typedef {object} Prepared
 * @property {(name: string, handler: Function) => Function} [wrapHandler]
 * @property {() => unknown} [started] called after the first answer; when it resolves, everything is loaded
 * @property {() => number} [recorded] calls measured so far, where there is something that measures
 * @property {() => Record<string, number>} [dropped] what the product could not export
 */

/**
 * @param {string} row
 * @param {string} build folder of the built product
 * @returns {Promise<Prepared>}
 */
export async function prepare(row, build) {
  const load = (file) => import(pathToFileURL(join(build, file)).href);
  const composed = COMPOSED[row];
  if (composed !== undefined) return compose((file) => load(`modules/${file}`), composed);
  const handRolled = HAND_ROLLED[row];
  if (handRolled !== undefined) {
    const { createHandRolled } = await import('./hand-rolled.mjs');
    return { wrapHandler: createHandRolled(handRolled) };
  }
  if (row === 'storage') {
    // On Node 20 one use switches the promise hooks of the whole process on, for good.
    new AsyncLocalStorage().run({}, () => {});
    return {};
  }
  if (row.startsWith('bare')) return {};
  if (row !== 'component-used') return product(load);
  const { vitals } = await load('index.js');
  const wrapHandler = (name, handler) => (input) => vitals.track('database:ladder', name, () => handler(input));
  return { ...(await product(load)), wrapHandler };
}

/** The product as `--import` installs it: nothing to do but to wait until its second part is loaded. */
async function product(load) {
  let running;
  let recorder;
  return {
    async started() {
      const { attachment } = await load('sdk/attach.js');
      recorder = attachment.instrumentation.recorder;
      running = await attachment.start();
      if (running === undefined) throw new Error('the product did not start');
    },
    recorded: () => recordedBy(recorder),
    dropped: () => running.snapshot().dropped ?? {},
  };
}
