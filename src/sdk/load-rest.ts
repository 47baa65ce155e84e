/** What the rest of the product is built on. All of it at once would keep requests waiting for 200 ms on a slow machine. */
const PIECES: readonly (() => Promise<unknown>)[] = [
  () => import('@opentelemetry/api'),
  () => import('@opentelemetry/core'),
  () => import('@opentelemetry/resources'),
  () => import('@opentelemetry/sdk-metrics'),
  () => import('@opentelemetry/sdk-trace'),
];

/** Loads what `start` needs piece by piece, with turns of the event loop between them in which requests are answered. */
export async function loadRest(): Promise<typeof import('./start.ts')> {
  for (const load of PIECES) {
    await load();
    await new Promise(setImmediate);
  }
  return import('./start.ts');
}
