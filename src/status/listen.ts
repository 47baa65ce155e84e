import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

const PORTS_TO_TRY = 101;
const LAST_PORT = 65_535;

/**
 * Binds a server to a port, or to the next free one among the following hundred; 0 takes any free port.
 *
 * @returns the port taken
 * @throws the system's error when none is free or the host cannot be bound
 */
export async function listenOnFreePort(server: Server, host: string, wantedPort: number): Promise<number> {
  const last = wantedPort === 0 ? 0 : Math.min(wantedPort + PORTS_TO_TRY - 1, LAST_PORT);
  for (let port = wantedPort; ; port += 1) {
    try {
      return await listen(server, host, port);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || port >= last) throw error;
    }
  }
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      server.off('error', onError);
      server.off('listening', onListening);
    };
    const onError = (error: Error): void => {
      settle();
      reject(error);
    };
    const onListening = (): void => {
      settle();
      resolve((server.address() as AddressInfo).port);
    };
    server.once('error', onError);
    server.once('listening', onListening);
    // Exclusive: workers of a cluster would otherwise share one port, and a scrape would reach any of them.
    server.listen({ host, port, exclusive: true });
  });
}
