import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Child } from './child.ts';

const SINK_SCRIPT = fileURLToPath(new URL('./discard-sink.mjs', import.meta.url));

/** What a measured process may need around it: a receiver for its telemetry, and folders that are thrown away. */
export interface Surroundings {
  /** Base address of a receiver that discards everything. */
  readonly sinkUrl: string;
  /** Keeps the product's files and port to themselves. */
  readonly env: Readonly<Record<string, string>>;
  remove(): Promise<void>;
}

export async function createSurroundings(): Promise<Surroundings> {
  const folder = await mkdtemp(join(tmpdir(), 'mcp-vitals-bench-'));
  const sink = Child.spawn({ node: process.execPath, args: [SINK_SCRIPT] });
  const { url } = (await sink.first()) as { url: string };
  return {
    sinkUrl: url,
    env: {
      MCP_VITALS_PORT: '0',
      MCP_VITALS_DISCOVERY_DIR: join(folder, 'discovery'),
      MCP_VITALS_SPOOL_DIR: join(folder, 'spool'),
    },
    async remove() {
      await sink.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
