import type { VitalsOptions } from './settings.ts';

/** Gives a configuration module its type: `export default defineConfig({ … })`. Returns its argument. */
export function defineConfig(options: VitalsOptions): VitalsOptions {
  return options;
}
