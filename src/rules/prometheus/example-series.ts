import { COMPONENT_KINDS } from '../../core/model/component.ts';
import { objectiveId } from '../../core/model/objective-definition.ts';
import {
  ATTR_COMPONENT,
  ATTR_COMPONENT_NAME,
  ATTR_ERROR_TYPE,
  ATTR_GEN_AI_PROMPT_NAME,
  ATTR_GEN_AI_TOOL_NAME,
  ATTR_MCP_METHOD_NAME,
  ATTR_STAGE,
  ERROR_TYPE_VALUE_TOOL_ERROR,
} from '../../semconv/attributes.ts';
import { prometheusLabelName } from '../../semconv/prometheus-label.ts';
import { formatBoundary } from '../../semconv/prometheus-number.ts';
import { METRIC_SERVER_OPERATION_DURATION, streamByName } from '../../semconv/streams.ts';
import { residues } from '../name-residue.ts';
import { metricOf, quoted } from '../promql.ts';
import type { FleetObjective } from './objective-rules.ts';

/** A series and its samples in promtool's notation. */
export interface InputSeries {
  readonly series: string;
  readonly values: string;
}

/** How many events there are in a minute, and how many of them are good, at each of two servers. */
export interface Traffic {
  readonly perMinute: number;
  readonly goodPerMinute: number;
  readonly minutes: number;
}

type Labels = Readonly<Record<string, string>>;

/** Two servers, one whose buckets are written as plain text does, one as OpenMetrics does. */
const SERVERS = [
  { instance: 'a:9464', boundary: formatBoundary },
  { instance: 'b:9464', boundary: (value: number) => formatBoundary(value).replace(/^\d+$/, '$&.0') },
] as const;

/** A name an objective's pattern matches. */
function exampleName({ definition }: FleetObjective): string {
  return (definition.name?.text ?? '*').replaceAll('*', 'example');
}

/** Id of an objective on the example operation it is given. */
export function exampleId(objective: FleetObjective): string {
  const { definition, selection } = objective;
  return selection.byOperation ? objectiveId(definition, exampleName(objective)) : objectiveId(definition);
}

function exampleAttributes(objective: FleetObjective): Labels {
  const { subject, name, stage } = objective.definition;
  if (subject === 'component') {
    const pattern = name?.text ?? '*';
    const kind = COMPONENT_KINDS.find((candidate) => residues(pattern, `${candidate} `).length > 0) ?? 'custom';
    const [rest = ''] = residues(pattern, `${kind} `);
    return { [ATTR_COMPONENT]: kind, [ATTR_COMPONENT_NAME]: rest.replaceAll('*', 'example') };
  }
  const staged: Labels = stage === undefined ? {} : { [ATTR_STAGE]: stage };
  if (subject === 'method' && name?.text === 'protocol') return { ...staged, [ATTR_MCP_METHOD_NAME]: 'ping' };
  const [method = '', target] = exampleName(objective).split(/ (.*)/s);
  const attribute = method === 'prompts/get' ? ATTR_GEN_AI_PROMPT_NAME : ATTR_GEN_AI_TOOL_NAME;
  return { ...staged, [ATTR_MCP_METHOD_NAME]: method, ...(target === undefined ? {} : { [attribute]: target }) };
}

/** Histograms of one operation, stage or component for each objective, all with the same traffic. */
export function exampleSeries(objectives: readonly FleetObjective[], traffic: Traffic): InputSeries[] {
  const series = new Map<string, { readonly stream: string; readonly labels: Labels }>();
  const targets = new Map<string, Set<number>>();
  for (const objective of objectives) {
    const { definition, selection } = objective;
    const { stream } = selection;
    const labels = exampleAttributes(objective);
    series.set(JSON.stringify([stream, labels]), { stream, labels });
    // As in the product: all series of a stream have the union of the targets as boundaries.
    const known = targets.get(stream) ?? new Set();
    if (definition.indicator === 'latency') known.add(definition.target);
    targets.set(stream, known);
  }
  return [...series.values()].flatMap(({ stream, labels }) =>
    SERVERS.flatMap(({ instance, boundary }) => {
      const of: Labels = { job: 'mcp-vitals', instance, ...labels };
      const boundaries = [...(targets.get(stream) ?? [])].sort((a, b) => a - b);
      return histogram(stream, of, boundaries, boundary, traffic);
    }),
  );
}

/** Good events are under every target, bad ones over all of them and failed. */
function histogram(
  stream: string,
  labels: Labels,
  targets: readonly number[],
  boundary: (value: number) => string,
  { perMinute, goodPerMinute, minutes }: Traffic,
): InputSeries[] {
  const name = metricOf(streamByName(stream));
  const part = (events: number, within: number, failed: boolean): InputSeries[] => {
    const of =
      failed && stream === METRIC_SERVER_OPERATION_DURATION
        ? { ...labels, [ATTR_ERROR_TYPE]: ERROR_TYPE_VALUE_TOOL_ERROR }
        : labels;
    const growth = (count: number): string => `0+${count}x${minutes}`;
    return [
      ...targets.map((target) => ({
        series: rendered(`${name}_bucket`, { ...of, le: boundary(target) }),
        values: growth(within),
      })),
      { series: rendered(`${name}_bucket`, { ...of, le: '+Inf' }), values: growth(events) },
      { series: rendered(`${name}_count`, of), values: growth(events) },
    ];
  };
  if (stream !== METRIC_SERVER_OPERATION_DURATION) return part(perMinute, goodPerMinute, false);
  return [...part(goodPerMinute, goodPerMinute, false), ...part(perMinute - goodPerMinute, 0, true)];
}

function rendered(metric: string, labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${prometheusLabelName(name)}=${quoted(value)}`);
  return `${metric}{${pairs.join(', ')}}`;
}
