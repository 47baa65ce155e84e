// One row over stdio: the server alone; the parent is the client.
// Arguments: row, folder of the built product.
import { answerCommands, cpuUs, profilerCommands } from './answering.mjs';
import { prepare } from './configuration.mjs';

const [row, build] = process.argv.slice(2);
const prepared = await prepare(row, build);
const { createEchoServer } = await import('./echo-server.mjs');
const { StdioServerTransport } = await import('@modelcontextprotocol/sdk/server/stdio.js');
await createEchoServer(prepared.wrapHandler).connect(new StdioServerTransport());

answerCommands({
  started: async () => {
    await prepared.started?.();
  },
  cpu: () => cpuUs(),
  recorded: () => prepared.recorded?.(),
  dropped: () => prepared.dropped?.() ?? {},
  ...profilerCommands(),
});
process.send({ id: 0 });
