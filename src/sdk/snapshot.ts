import type { OperationComponents } from '../components/time/component-times.ts';
import type { OperationSnapshot, Snapshot, StageTotals } from '../core/model/snapshot.ts';
import type { ClientRecorder } from '../mcp/client/client-recorder.ts';
import type { OperationEntry } from '../mcp/operation-entry.ts';
import type { OperationTally } from '../mcp/operation-tally.ts';
import type { Recorder } from '../mcp/recorder.ts';
import { STAGES } from '../semconv/stages.ts';

export interface SnapshotParts {
  readonly recorder: Recorder;
  /** What this process asks of others; left out, the snapshot has no client side. */
  readonly clients?: ClientRecorder;
  readonly service: Snapshot['service'];
  readonly dropped: Readonly<Record<string, number>>;
  /** Wall-clock milliseconds since the Unix epoch. */
  readonly timestamp: number;
  /** What operations have spent in components. */
  readonly components?: (entry: OperationEntry) => OperationComponents | undefined;
  /** What the parts add: the process, components, objectives. */
  readonly sections?: readonly Partial<Snapshot>[];
}

/** Takes all figures at one instant; operations with the most time spent in them come first. */
export function takeSnapshot(parts: SnapshotParts): Snapshot {
  const { recorder } = parts;
  const now = recorder.now();
  const windowSeconds = recorder.windowMs / 1000;
  const elapsedSeconds = Math.max(1e-3, (now - recorder.startedAt) / 1000);
  const coveredSeconds = Math.min(windowSeconds, elapsedSeconds);
  const componentsOf = (entry: OperationEntry): Pick<OperationSnapshot, 'components' | 'componentSeconds'> => {
    const spent = parts.components?.(entry);
    return spent === undefined ? {} : { components: spent.components, componentSeconds: spent.totalSeconds };
  };
  const operations = [...recorder.entries()]
    .filter(isKnown)
    .map((entry) => ({ ...figuresOf(entry, now, coveredSeconds), stages: stagesOf(entry), ...componentsOf(entry) }))
    .sort((a, b) => totalSeconds(b) - totalSeconds(a));
  const client = parts.clients === undefined ? undefined : clientSide(parts.clients, now, coveredSeconds);
  return {
    schemaVersion: 1,
    timestamp: parts.timestamp,
    service: parts.service,
    windowSeconds,
    operations,
    requests: { active: recorder.active, peak: recorder.peak, queued: recorder.queued },
    sessions: { active: recorder.sessions.open.size, started: recorder.sessions.started },
    process: undefined,
    dropped: parts.dropped,
    ...(client === undefined ? {} : { client }),
    ...Object.assign({}, ...(parts.sections ?? [])),
  };
}

function isKnown({ count, active }: OperationTally): boolean {
  return count > 0 || active > 0;
}

/** The client side, once something has been sent. */
function clientSide(clients: ClientRecorder, now: number, coveredSeconds: number): Snapshot['client'] {
  const busy = (entry: OperationTally): number => entry.series.reduce((sum, { histogram }) => sum + histogram.sum, 0);
  const entries = [...clients.entries()].filter(isKnown).sort((a, b) => busy(b) - busy(a));
  if (entries.length === 0) return undefined;
  return {
    operations: entries.map((entry) => ({ ...figuresOf(entry, now, coveredSeconds), stages: [] })),
    requests: { active: clients.active, peak: clients.peak },
    sessions: { active: clients.sessions.open.size, started: clients.sessions.started },
  };
}

function stagesOf(entry: OperationEntry): StageTotals[] {
  return STAGES.map((stage, index) => ({
    stage,
    count: entry.stageHistograms[index]?.count ?? 0,
    totalSeconds: entry.stageHistograms[index]?.sum ?? 0,
  }));
}

function figuresOf(entry: OperationTally, now: number, coveredSeconds: number): Omit<OperationSnapshot, 'stages'> {
  const latency = entry.window.summary(now);
  return {
    name: entry.name,
    method: entry.method,
    target: entry.target,
    count: entry.count,
    errors: entry.errors,
    errorTypes: Object.fromEntries(entry.errorTypes),
    active: entry.active,
    peak: entry.peak,
    ratePerSecond: latency.count / coveredSeconds,
    latency,
  };
}

function totalSeconds(operation: OperationSnapshot): number {
  return operation.stages.reduce((sum, stage) => sum + stage.totalSeconds, 0);
}
