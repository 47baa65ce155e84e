/**
 * Puts what the dashboards use of Grafana's foundation SDK into the one file of `dist` that imports it: `npm run build:grafana`,
 * a part of the build. Nobody who installs the package needs the SDK.
 *
 * The SDK is CommonJS, which no bundler shakes: the builders of dashboards of the second schema, two thirds of it, are
 * replaced by nothing, because no dashboard of ours uses them.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

const PACKAGE = '@grafana/grafana-foundation-sdk';
const UNUSED =
  /\/(dashboardv2|dashboardv2beta1|resource|visualization(V2)?Builder\.gen|queryV2Builder\.gen|queryBuilder\.gen)$/;

const theSdkAlone: Plugin = {
  name: 'the-sdk-alone',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /.*/ }, ({ path, kind, importer }) => {
      const isOfSdk = path.startsWith(PACKAGE) || importer.includes(PACKAGE);
      if (kind !== 'entry-point' && !isOfSdk) return { path, external: true };
      return UNUSED.test(path) ? { path, namespace: 'unused' } : undefined;
    });
    onLoad({ filter: /.*/, namespace: 'unused' }, () => ({ contents: 'module.exports = {};' }));
  },
};

const dist = fileURLToPath(new URL('../../dist/', import.meta.url));
const importing = readdirSync(dist, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.js'))
  .map((name) => join(dist, name))
  .filter((path) => readFileSync(path, 'utf8').includes(`"${PACKAGE}/`));
const [file] = importing;
if (file === undefined || importing.length > 1) {
  throw new Error(`one file of dist imports ${PACKAGE}, not ${importing.length}: ${importing.join(', ')}`);
}
await build({
  entryPoints: [file],
  outfile: file,
  allowOverwrite: true,
  bundle: true,
  minify: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  charset: 'utf8',
  banner: { js: `/*! with ${PACKAGE}, Copyright Grafana Labs, Apache-2.0, and tslib, Copyright Microsoft, 0BSD */` },
  logLevel: 'warning',
  plugins: [theSdkAlone],
});
