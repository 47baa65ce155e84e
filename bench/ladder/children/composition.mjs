// The product put together from its own parts, with some of them left out. Runs under the product's loader, whose place
// for the instrumentation is taken before the first file of the MCP SDK is loaded.

const QUEUED_SPANS = 512;

/**
 * @param {(file: string) => Promise<any>} load imports a module of the product
 * @param {{ attach: boolean, receipt: boolean, serialization: boolean, series: boolean, window: boolean, context: boolean, exportRatio: number }} parts
 */
export async function compose(load, parts) {
  const { Instrumentation } = await load('mcp/instrumentation.js');
  const { HOOK_SYMBOL_KEY } = await load('mcp/loader/source-transform.js');
  const { Recorder } = await load('mcp/recorder.js');
  const recorder = parts.series ? new Recorder() : await createClockRecorder(load);
  const instrumentation = new Instrumentation({ recorder });
  // Without a connection every patched method finds nothing to measure and calls the original.
  const patchesOnly = { construct: (target) => instrumentation.construct(target), connect() {}, receive() {} };
  globalThis[Symbol.for(HOOK_SYMBOL_KEY)] = parts.attach ? instrumentation : patchesOnly;
  if (!parts.receipt) instrumentation.receipts.chunk = () => {};
  if (!parts.serialization) leaveSerialization(instrumentation.serialization);

  if (parts.context) {
    const { trace } = await import('@opentelemetry/api');
    const { VitalsContextManager } = await load('sdk/context-manager.js');
    const { createOtelBridge } = await load('sdk/otel-bridge.js');
    const contexts = new VitalsContextManager();
    instrumentation.bridge = createOtelBridge(contexts, contexts, trace);
  }
  if (parts.exportRatio > 0) await makeSpans(load, instrumentation, parts.exportRatio);
  return {
    started() {
      if (parts.series && !parts.window) for (const entry of recorder.entries()) entry.window = { record() {} };
    },
    ...(parts.attach ? { recorded: () => (parts.series ? recordedBy(recorder) : recorder.finished) } : {}),
  };
}

/** Responses are sent as if somebody had measured them. */
function leaveSerialization(meter) {
  meter.install = () => {};
  meter.watch = (operation, message, send, self, options) => {
    operation.sentBytes = 1;
    return send.call(self, message, options);
  };
}

/** Calls of the tool under test that a recorder of the product has counted. */
export function recordedBy(recorder) {
  for (const entry of recorder.entries()) if (entry.name === 'tools/call echo') return entry.count;
  return 0;
}

/** Takes the stamps and works out the stages, and files them nowhere. */
async function createClockRecorder(load) {
  const { Recorder } = await load('mcp/recorder.js');
  const { OperationEntry } = await load('mcp/operation-entry.js');
  const { STAGES } = await load('semconv/stages.js');
  const { OPERATION_DURATION_BOUNDARIES: boundaries } = await load('semconv/boundaries.js');
  const entry = new OperationEntry('tools/call', 'tool', 'echo', { boundaries, windowMs: 60_000 });
  const stagesMs = new Float64Array(STAGES.length);

  class ClockRecorder extends Recorder {
    /** Calls of the tool under test whose stages have been worked out. */
    finished = 0;

    begin() {}

    finish(operation, outcome, endAt = this.now()) {
      if (operation.finished) return;
      operation.finished = true;
      operation.outcome = outcome;
      operation.sendTo = endAt;
      operation.stageDurations(stagesMs);
      operation.closed = true;
      if (operation.requestedName === 'echo') this.finished += 1;
      this.onFinished?.(operation, entry, stagesMs);
    }
  }
  return new ClockRecorder();
}

/** Spans of sampled operations, into a queue that is thrown away when a batch is full. */
async function makeSpans(load, instrumentation, ratio) {
  const { toReadableSpan } = await load('sdk/span-export.js');
  const { createHeadSampler } = await load('sdk/sampling.js');
  const { VERSION } = await load('core/version.js');
  const { resourceFromAttributes } = await import('@opentelemetry/resources');
  const options = {
    resource: resourceFromAttributes({ 'service.name': 'ladder' }),
    scope: { name: 'mcp-vitals', version: VERSION },
    timeOrigin: performance.timeOrigin,
  };
  let queue = [];
  instrumentation.sample = createHeadSampler({ kind: 'traceidratio', parentBased: true, ratio });
  instrumentation.recorder.onFinished = (operation, entry, stagesMs) => {
    if (!operation.sampled) return;
    queue.push(toReadableSpan(operation, entry, stagesMs, options));
    if (queue.length >= QUEUED_SPANS) queue = [];
  };
}
