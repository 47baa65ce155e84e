/**
 * Folders of `test` whose tests take minutes or need much around them, each a suite with a command of its own,
 * `npm run test:<folder>`. Everything else runs with `npm test`.
 *
 * - `package`: the packed tarball, installed by npm beside servers of others
 * - `matrix`: MCP SDKs × Node.js × OpenTelemetry, and frameworks
 * - `stack`: real Prometheus, Alertmanager and databases with the configurations of the repository
 * - `browser`: the page in a real Chromium
 */
export const SUITES = ['package', 'matrix', 'stack', 'browser'] as const;
