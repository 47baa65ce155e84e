import { namesEndpoint } from '../config/early.ts';
import { readEarlyTracing } from '../config/early-tracing.ts';
import type { ResolvedConfig, VitalsOptions } from '../config/index.ts';
import { systemClock } from '../core/clock.ts';
import { createDiag, type Diag, type LogLevel } from '../core/diag.ts';
import { earlyMeters } from '../core/meter-hook.ts';
import { NOTHING_LEAVES } from '../mcp/client/trace-injection.ts';
import type { Redact } from '../mcp/content.ts';
import { Instrumentation } from '../mcp/instrumentation.ts';
import type { ProtocolLike } from '../mcp/sdk-shapes.ts';
import { EarlyOperations } from './early-operations.ts';
import { Lifecycle } from './lifecycle.ts';
import { loadRest } from './load-rest.ts';
import type { Running } from './running.ts';
import { createHeadSampler } from './sampling.ts';

/** The rest of the product loads after the first answer, or after this time when no answer comes. */
const START_DELAY_MS = 250;

/**
 * The instrumentation of this process and what grows out of it. Light: everything heavy is imported by `start`, which a
 * server triggers with its first answer.
 */
export class Attachment {
  readonly instrumentation: Instrumentation;
  readonly diag: Diag;
  readonly #early = new EarlyOperations();
  readonly #lifecycle: Lifecycle;
  #loadedConfig: Promise<ResolvedConfig> | undefined = undefined;
  #config: ResolvedConfig | undefined = undefined;
  #protocol: ProtocolLike | undefined = undefined;
  #starting: Promise<Running | undefined> | undefined = undefined;
  #running: Running | undefined = undefined;
  /** The last start failed with options given in code. */
  #refused = false;

  constructor(level: LogLevel) {
    this.diag = createDiag({ level });
    this.instrumentation = new Instrumentation({ diag: this.diag });
    this.#lifecycle = new Lifecycle(
      {
        exporting: () => this.#running?.exporting ?? (this.#config === undefined || isAwaited(this.#config)),
        flush: (ending) => this.#flush(ending),
        keepUnsentSync: () => this.#keepUnsentSync(),
      },
      this.diag,
    );
    this.instrumentation.onFirstConnect = (protocol) => this.#connected(protocol);
    this.instrumentation.recorder.sessions.onEnded = ({ kind }) => {
      if (kind.transport === 'pipe') this.#lifecycle.sessionEnded();
    };
  }

  /**
   * Loads and starts the rest, once; later calls get the same answer, and after options that were not valid another try.
   *
   * @param code options given in code; the first call decides, options that come later are reported
   * @param redact applied to content before it is recorded
   * @returns `undefined` when the product is switched off or could not start, which is reported
   * @throws ConfigError when `code` is not valid
   */
  start(code?: VitalsOptions, redact?: Redact): Promise<Running | undefined> {
    if (code !== undefined && this.#refused) {
      this.#refused = false;
      this.#starting = undefined;
      this.#loadedConfig = undefined;
    } else if (code !== undefined && this.#starting !== undefined && Object.keys(code).length > 0) {
      this.diag.warn('start', 'monitoring runs already: the options of startVitals came too late and are not used');
    }
    this.#starting ??= this.#startRest(code, redact);
    return this.#starting;
  }

  /** Stops everything; what connects afterwards is not measured any more. */
  async stop(): Promise<void> {
    this.#lifecycle.uninstall();
    this.instrumentation.recorder.sessions.onEnded = undefined;
    await this.#running?.shutdown();
  }

  /** Nobody waits for the rest to load only to learn that there is nowhere to send to. */
  async #flush(ending: boolean): Promise<boolean> {
    const config = await this.#configuration(undefined);
    if (this.#running === undefined && !isAwaited(config)) return true;
    return (await (await this.start())?.flush(ending)) ?? true;
  }

  #keepUnsentSync(): void {
    if (this.#running !== undefined) this.#running.keepUnsentSync();
    else if (this.#config === undefined ? namesEndpoint() : exports(this.#config)) this.#early.reportLost(this.diag);
  }

  #configuration(code: VitalsOptions | undefined): Promise<ResolvedConfig> {
    this.#loadedConfig ??= import('../config/index.ts').then(async ({ loadConfig }) => {
      this.#config = await loadConfig({ diag: this.diag, ...(code === undefined ? {} : { code }) });
      return this.#config;
    });
    return this.#loadedConfig;
  }

  #connected(protocol: ProtocolLike): void {
    this.#protocol = protocol;
    this.#lifecycle.install();
    if (this.#starting !== undefined) return;
    const { exported, sampler, propagation } = readEarlyTracing();
    this.instrumentation.outgoing = { exported, propagation, sample: createHeadSampler(sampler) };
    systemClock.after(START_DELAY_MS, () => void this.start());
    this.instrumentation.recorder.onFinished = (operation, entry, stagesMs) => {
      this.#early.keep(operation, entry, stagesMs);
      // After the answer has left, not in the middle of sending it.
      setImmediate(() => void this.start());
    };
    this.instrumentation.clients.onFinished = (operation, entry) => {
      this.#early.keepSent(operation, entry);
      setImmediate(() => void this.start());
    };
  }

  #stopListening(): void {
    const { instrumentation } = this;
    instrumentation.recorder.onFinished = undefined;
    instrumentation.clients.onFinished = undefined;
    instrumentation.outgoing = NOTHING_LEAVES;
    earlyMeters()?.retire();
  }

  async #startRest(code: VitalsOptions | undefined, redact: Redact | undefined): Promise<Running | undefined> {
    const { instrumentation, diag } = this;
    try {
      const [config, { start }] = await Promise.all([this.#configuration(code), loadRest()]);
      if (config.values.disabled) {
        this.#stopListening();
        return undefined;
      }
      this.#running = await start({ instrumentation, config, diag, protocol: this.#protocol, redact });
      this.#early.handOver(instrumentation, diag);
      return this.#running;
    } catch (error) {
      this.#stopListening();
      this.#refused = code !== undefined;
      if (this.#refused) throw error;
      diag.error('start', `monitoring could not start, the server is not affected: ${String(error)}`);
      return undefined;
    }
  }
}

/** Whether telemetry goes anywhere by itself. */
function exports({ values }: ResolvedConfig): boolean {
  return !values.disabled && (values.otlp.tracesUrl !== undefined || values.otlp.metricsUrl !== undefined);
}

/** Whether the end of the process has to wait for the rest to load. */
function isAwaited(config: ResolvedConfig): boolean {
  return exports(config) || (!config.values.disabled && config.values.summary === 'exit');
}
