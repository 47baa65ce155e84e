/** Our own code only, as Node runs it: every package stays outside. */
const forNode = (config) => ({ ...config, format: 'esm', platform: 'node', packages: 'external' });

const entry = (name, path, limit) => ({ name, path, limit, modifyEsbuildConfig: forNode });

export default [
  entry('mcp-vitals', 'dist/index.js', '122 kB'),
  entry('mcp-vitals/register, the hook that every process loads', 'dist/register.js', '2.6 kB'),
  entry('what a process loads once it serves MCP', 'dist/sdk/attach.js', '122 kB'),
  entry('mcp-vitals/alerts', 'dist/alerts/index.js', '6 kB'),
  entry('mcp-vitals/mcp, the instrumentation alone', 'dist/sdk/mcp-instrumentation.js', '25 kB'),
  entry('mcp-vitals/slo', 'dist/slo/index.js', '12 kB'),
  entry('mcp-vitals/semconv', 'dist/semconv/index.js', '5 kB'),
  {
    name: "Grafana's builders, loaded by the command dashboard alone",
    path: 'dist/chunks/dashboard-command-*.js',
    limit: '50 kB',
    gzip: true,
    modifyEsbuildConfig: forNode,
  },
  { name: 'the page: script', path: 'dist/status/page/page.js', limit: '40 kB', gzip: true },
  { name: 'the page of all servers: script', path: 'dist/status/page/machine.js', limit: '5 kB', gzip: true },
  { name: 'the page: style', path: 'dist/status/page/page.css', limit: '5 kB', gzip: true },
];
