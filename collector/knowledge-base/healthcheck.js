// @ts-check
/**
 * Whether the server in this container serves MCP and its figures. mcp-vitals opens its endpoint when the first MCP session
 * does; before anybody has come, this check opens that session and ends it, so that Prometheus finds the endpoint. Later
 * ones only ask and leave no trace in the figures.
 */
const MCP_URL = 'http://127.0.0.1:8000/mcp';
const LIVE_URL = 'http://127.0.0.1:9464/health/live';
const HEADERS = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
const PROTOCOL_VERSION = '2025-06-18';

async function isLive() {
  const response = await fetch(LIVE_URL).catch(() => undefined);
  return response?.ok === true;
}

async function openSession() {
  const answer = await fetch(MCP_URL, {
    method: 'POST',
    headers: HEADERS,
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: {
        protocolVersion: PROTOCOL_VERSION,
        capabilities: {},
        clientInfo: { name: 'healthcheck', version: '1' },
      },
    }),
  });
  await answer.text();
  const session = answer.headers.get('mcp-session-id');
  if (!answer.ok || session === null) throw new Error(`initialize was answered with ${answer.status}`);
  await fetch(MCP_URL, {
    method: 'DELETE',
    headers: { 'mcp-session-id': session, 'mcp-protocol-version': PROTOCOL_VERSION },
  });
}

try {
  if (!(await isLive())) {
    await openSession();
    process.exitCode = 1;
    // The endpoint opens a moment after the first answer; otherwise the next check finds it.
    for (let attempt = 0; attempt < 20 && process.exitCode === 1; attempt += 1) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      if (await isLive()) process.exitCode = 0;
    }
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
