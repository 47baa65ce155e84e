import { readLogLevel } from '../config/early.ts';
import { createDiag } from '../core/diag.ts';
import { Instrumentation } from '../mcp/instrumentation.ts';
import { HOOK_SYMBOL_KEY } from '../mcp/loader/source-transform.ts';
import type { ProtocolLike } from '../mcp/sdk-shapes.ts';
import { EarlyOperations } from './early-operations.ts';
import { Lifecycle } from './lifecycle.ts';
import type { Running } from './running.ts';

/** The rest of the product loads after the first answer, or after this time when no answer comes. */
const START_DELAY_MS = 250;

/**
 * Loaded by the first file of the MCP SDK in this process. Makes the instrumentation available to all copies of the SDK, and
 * loads everything else once the server has answered for the first time: until then nothing but stamps is taken.
 */
function attach(): void {
  const slots = globalThis as { [key: symbol]: unknown };
  const key = Symbol.for(HOOK_SYMBOL_KEY);
  if (slots[key] !== undefined) return;
  const diag = createDiag({ level: readLogLevel() });
  const instrumentation = new Instrumentation({ diag });
  const early = new EarlyOperations();
  slots[key] = instrumentation;
  instrumentation.onFirstConnect = (protocol) => onFirstConnect(protocol);

  function onFirstConnect(protocol: ProtocolLike): void {
    let running: Promise<Running | undefined> | undefined;
    let settled: Running | undefined;
    const ensureStarted = (): Promise<Running | undefined> => {
      running ??= startRest(protocol).then((started) => {
        settled = started;
        return started;
      });
      return running;
    };
    const lifecycle = new Lifecycle(
      {
        flush: async () => (await ensureStarted())?.flush(),
        keepUnsentSync() {
          if (settled !== undefined) settled.keepUnsentSync();
          else early.reportLost(diag);
        },
      },
      diag,
    );
    lifecycle.install();
    const timer = setTimeout(ensureStarted, START_DELAY_MS);
    timer.unref();
    instrumentation.recorder.onFinished = (operation, entry, stagesMs) => {
      early.keep(operation, entry, stagesMs);
      setImmediate(ensureStarted);
    };
    instrumentation.onInputEnd = () => lifecycle.inputEnded();
  }

  async function startRest(protocol: ProtocolLike): Promise<Running | undefined> {
    try {
      const [{ start }, { loadConfig }] = await Promise.all([import('./start.ts'), import('../config/index.ts')]);
      const config = await loadConfig({ diag });
      if (config.values.disabled) {
        instrumentation.recorder.onFinished = undefined;
        return undefined;
      }
      const started = await start({ instrumentation, config, diag, protocol });
      early.handOver(instrumentation);
      return started;
    } catch (error) {
      instrumentation.recorder.onFinished = undefined;
      diag.error('start', `monitoring could not start, the server is not affected: ${String(error)}`);
      return undefined;
    }
  }
}

attach();
