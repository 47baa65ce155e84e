import { createServer } from 'node:net';
import type { ResolvedConfig } from '../../config/index.ts';
import { isLoopback } from '../../status/access.ts';
import { listDiscovered } from '../../status/discovery.ts';
import { type Finding, ok, problem, reasonOf, warning } from './finding.ts';
import { portHolder } from './port-holder.ts';

/** Whether the status endpoint can listen where it is configured to, and who has the port otherwise. */
export async function checkPort({ values }: ResolvedConfig): Promise<Finding> {
  const { enabled, host, port, discoveryDir } = values.status;
  if (!enabled) return ok('port', 'the status endpoint is off');
  const failure = await tryListening(host, port);
  if (failure === undefined) {
    return ok(
      'port',
      port === 0 ? 'any free port is taken; "mcp-vitals ps" tells which' : `${port} on ${host} is free`,
    );
  }
  if (failure.code === 'EADDRINUSE') return takenBy(host, port, discoveryDir);
  if (failure.code === 'EACCES') {
    return problem('port', `${port} may not be used: ${reasonOf(failure)}`, 'a port above 1023', 'set MCP_VITALS_PORT');
  }
  const read = `the status endpoint cannot listen on ${host}: ${reasonOf(failure)}`;
  return problem('port', read, 'an address of this machine', 'set MCP_VITALS_HOST to 127.0.0.1');
}

/** Whether an endpoint beyond loopback has the token it needs. */
export function checkExposure({ values }: ResolvedConfig): Finding | undefined {
  const { enabled, host, token } = values.status;
  if (!enabled || isLoopback(host)) return undefined;
  if (token !== undefined) return ok('exposure', `the endpoint on ${host} asks for the token`);
  return problem(
    'exposure',
    `the status endpoint is to listen on ${host} and has no token`,
    'a token wherever others can reach it',
    'set MCP_VITALS_TOKEN; until then it listens on 127.0.0.1 only',
  );
}

async function takenBy(host: string, port: number, discoveryDir: string | undefined): Promise<Finding> {
  const servers = await listDiscovered(discoveryDir);
  const ours = servers.find(({ url }) => new URL(url).port === String(port));
  if (ours !== undefined) {
    return ok(
      'port',
      `${port} belongs to the monitored server ${ours.service} (pid ${ours.pid}); the next free one is taken`,
    );
  }
  return warning(
    'port',
    `${port} on ${host} is taken by ${portHolder(port) ?? 'another program'}`,
    'a free port',
    'nothing has to be done: the next free port is taken, and "mcp-vitals ps" tells which; set MCP_VITALS_PORT for a fixed one',
  );
}

function tryListening(host: string, port: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', resolve);
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
