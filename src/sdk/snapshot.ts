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
  const { recorder, clients } = parts;
  const operations = knownEntries(recorder)
    .map((entry) => operationFigures(entry, parts))
    .sort((a, b) => totalSeconds(b) - totalSeconds(a));
  const client = clients === undefined ? undefined : clientSide(clients, parts);
  return {
    schemaVersion: 1,
    ...processSections(parts),
    operations,
    process: undefined,
    ...(client === undefined ? {} : { client }),
    ...Object.assign({}, ...(parts.sections ?? [])),
  };
}

/** What a snapshot says of the process as a whole without asking a part. */
export function processSections({
  recorder,
  timestamp,
  service,
  dropped,
}: Pick<SnapshotParts, 'recorder' | 'timestamp' | 'service' | 'dropped'>): Pick<
  Snapshot,
  'timestamp' | 'service' | 'windowSeconds' | 'requests' | 'sessions' | 'dropped'
> {
  return {
    timestamp,
    service,
    windowSeconds: recorder.windowMs / 1000,
    requests: { active: recorder.active, peak: recorder.peak, queued: recorder.queued },
    sessions: { active: recorder.sessions.open.size, started: recorder.sessions.started },
    dropped,
  };
}

/** Operations there is something to say of: finished or begun. */
export function knownEntries<Entry extends OperationTally>(recorder: { entries(): Iterable<Entry> }): Entry[] {
  return [...recorder.entries()].filter(isKnown);
}

/** One operation this process has served, as of now. */
export function operationFigures(
  entry: OperationEntry,
  { recorder, components }: Pick<SnapshotParts, 'recorder' | 'components'>,
): OperationSnapshot {
  const spent = components?.(entry);
  return {
    ...figuresOf(entry, recorder),
    stages: stagesOf(entry),
    ...(spent === undefined ? {} : { components: spent.components, componentSeconds: spent.totalSeconds }),
  };
}

/** One operation this process asks of others, as of now. */
export function clientFigures(entry: OperationTally, { recorder }: Pick<SnapshotParts, 'recorder'>): OperationSnapshot {
  return { ...figuresOf(entry, recorder), stages: [] };
}

function isKnown({ count, active }: OperationTally): boolean {
  return count > 0 || active > 0;
}

/** The client side, once something has been sent. */
function clientSide(clients: ClientRecorder, parts: SnapshotParts): Snapshot['client'] {
  const busy = (entry: OperationTally): number => entry.series.reduce((sum, { histogram }) => sum + histogram.sum, 0);
  const entries = knownEntries(clients).sort((a, b) => busy(b) - busy(a));
  if (entries.length === 0) return undefined;
  return { operations: entries.map((entry) => clientFigures(entry, parts)), ...clientTotals(clients) };
}

/** What a snapshot says of the client side as a whole. */
export function clientTotals(clients: ClientRecorder): Omit<NonNullable<Snapshot['client']>, 'operations'> {
  return {
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

function figuresOf(entry: OperationTally, recorder: Recorder): Omit<OperationSnapshot, 'stages'> {
  const now = recorder.now();
  const elapsedSeconds = Math.max(1e-3, (now - recorder.startedAt) / 1000);
  const coveredSeconds = Math.min(recorder.windowMs / 1000, elapsedSeconds);
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
