// @ts-check
/** Streamable HTTP with sessions, as the SDK documents it. */
import { randomUUID } from 'node:crypto';
import { createMcpExpressApp } from '@modelcontextprotocol/sdk/server/express.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { isInitializeRequest } from '@modelcontextprotocol/sdk/types.js';

const MAX_SESSIONS = 1_000;

/**
 * @param {() => import('@modelcontextprotocol/sdk/server/mcp.js').McpServer} createServer called once per session
 * @param {object} options
 * @param {number} options.port 0 takes a free one
 * @param {string} options.host address to listen on
 * @param {string[]} options.allowedHosts names clients may call it by when that is not loopback
 * @returns {Promise<{ url: string, close: () => Promise<void> }>}
 */
export async function serveHttp(createServer, { port, host, allowedHosts }) {
  /** @type {Map<string, StreamableHTTPServerTransport>} */
  const sessions = new Map();

  async function openSession() {
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => {
        sessions.set(id, transport);
      },
    });
    transport.onclose = () => {
      if (transport.sessionId !== undefined) sessions.delete(transport.sessionId);
    };
    await createServer().connect(
      /** @type {import('@modelcontextprotocol/sdk/shared/transport.js').Transport} */ (transport),
    );
    return transport;
  }

  const app = createMcpExpressApp({ host, ...(allowedHosts.length > 0 ? { allowedHosts } : {}) });
  app.all(
    '/mcp',
    async (
      /** @type {import('node:http').IncomingMessage & { body?: unknown }} */ request,
      /** @type {import('node:http').ServerResponse} */ response,
    ) => {
      const id = request.headers['mcp-session-id'];
      let transport = typeof id === 'string' ? sessions.get(id) : undefined;
      if (transport === undefined) {
        if (id !== undefined) return reject(response, 404, 'no such session');
        if (!isInitializeRequest(request.body)) return reject(response, 400, 'not initialized');
        if (sessions.size >= MAX_SESSIONS) return reject(response, 503, 'too many sessions');
        transport = await openSession();
      }
      await transport.handleRequest(request, response, request.body);
    },
  );

  const http = await listen(app, port, host);
  const address = http.address();
  return {
    url: `http://${host}:${address !== null && typeof address === 'object' ? address.port : port}/mcp`,
    close: async () => {
      http.close();
      await Promise.all([...sessions.values()].map((transport) => transport.close()));
      http.closeAllConnections();
    },
  };
}

/**
 * @param {any} app an Express application
 * @param {number} port
 * @param {string} host
 * @returns {Promise<import('node:http').Server>}
 */
function listen(app, port, host) {
  return new Promise((resolve, reject) => {
    const http = app.listen(port, host);
    http.once('listening', () => resolve(http));
    http.once('error', reject);
  });
}

/**
 * @param {import('node:http').ServerResponse} response
 * @param {number} status
 * @param {string} message
 */
function reject(response, status, message) {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ jsonrpc: '2.0', error: { code: -32000, message }, id: null }));
}
