import { COMPONENT_KINDS } from '../core/model/component.ts';
import type { ObjectiveDefinition } from '../core/model/objective-definition.ts';
import {
  ATTR_COMPONENT,
  ATTR_COMPONENT_NAME,
  ATTR_GEN_AI_PROMPT_NAME,
  ATTR_GEN_AI_TOOL_NAME,
  ATTR_MCP_METHOD_NAME,
  ATTR_STAGE,
} from '../semconv/attributes.ts';
import { METRIC_COMPONENT_DURATION } from '../semconv/component-streams.ts';
import { APPLICATION_METHODS } from '../semconv/methods.ts';
import { METRIC_SERVER_OPERATION_DURATION, METRIC_STAGE_DURATION } from '../semconv/streams.ts';
import { residues } from './name-residue.ts';
import { labelIs, labelLike, labelUnlike, type Matchers } from './promql.ts';

/** Methods whose operations bear the name of what they address. */
const TARGETS = [
  { method: 'tools/call', attribute: ATTR_GEN_AI_TOOL_NAME },
  { method: 'prompts/get', attribute: ATTR_GEN_AI_PROMPT_NAME },
] as const;

/** The series an objective is judged by in the fleet. */
export interface ObjectiveSelection {
  /** OpenTelemetry name of the histogram. */
  readonly stream: string;
  /** The union of these selections is meant. */
  readonly selections: readonly Matchers[];
  /** Whether each operation is judged by itself, and not all of them together. */
  readonly byOperation: boolean;
}

/**
 * Finds the series of an objective on operations, stages or components; `undefined` for one on the process.
 *
 * @param all every objective in force: of those on the same figure the one with the most specific name counts
 */
export function selectionOf(
  definition: ObjectiveDefinition,
  all: readonly ObjectiveDefinition[],
): ObjectiveSelection | undefined {
  const { subject, name, stage } = definition;
  if (subject === 'process') return undefined;
  if (subject === 'component') {
    return { stream: METRIC_COMPONENT_DURATION, selections: ofComponents(name?.text ?? '*'), byOperation: false };
  }
  if (stage !== undefined) {
    const staged = [labelIs(ATTR_STAGE, stage)];
    const of = name === undefined ? [[]] : subject === 'method' ? ofMethods(name.text) : ofStagedOperations(name.text);
    return {
      stream: METRIC_STAGE_DURATION,
      selections: of.map((matchers) => [...staged, ...matchers]),
      byOperation: false,
    };
  }
  const stream = METRIC_SERVER_OPERATION_DURATION;
  if (subject === 'method') return { stream, selections: ofMethods(name?.text ?? '*'), byOperation: false };
  return { stream, selections: ofOperations(name?.text ?? '*', rivalsOf(definition, all)), byOperation: true };
}

/** Names of the objectives that go before this one where both match. */
function rivalsOf(definition: ObjectiveDefinition, all: readonly ObjectiveDefinition[]): readonly string[] {
  const mine = definition.name?.specificity ?? 0;
  const at = all.indexOf(definition);
  return all.flatMap(({ subject, stage, indicator, quantile, name }, index) => {
    if (subject !== 'operation' || stage !== undefined || name === undefined || index === at) return [];
    if (indicator !== definition.indicator || quantile !== definition.quantile) return [];
    return name.specificity > mine || (name.specificity === mine && index > at) ? name.text : [];
  });
}

function ofOperations(pattern: string, rivals: readonly string[]): Matchers[] {
  const found: Matchers[] = [];
  for (const { method, attribute } of TARGETS) {
    const targets = residues(pattern, `${method} `);
    const others = rivals.flatMap((rival) => residues(rival, `${method} `));
    if (targets.length === 0 || others.includes('*')) continue;
    const matchers = [labelIs(ATTR_MCP_METHOD_NAME, method)];
    if (!targets.includes('*')) matchers.push(labelLike(attribute, targets));
    if (others.length > 0) matchers.push(labelUnlike(attribute, others));
    found.push(matchers);
  }
  // The other methods address nothing by name, and no method has a space in it.
  if (pattern.includes(' ')) return found;
  const unwanted = [...TARGETS.map(({ method }) => method), ...rivals.filter((rival) => !rival.includes(' '))];
  const isExact = !pattern.includes('*');
  if (isExact && unwanted.includes(pattern)) return found;
  const matchers = [labelLike(ATTR_MCP_METHOD_NAME, [pattern])];
  if (!isExact) matchers.push(labelUnlike(ATTR_MCP_METHOD_NAME, unwanted));
  return [...found, matchers];
}

/** The stage stream tells operations apart by method and tool only: a prompt is told by its method. */
function ofStagedOperations(pattern: string): Matchers[] {
  const [, prompts] = TARGETS;
  const isOfPrompts = residues(pattern, `${prompts.method} `).length > 0;
  const found = ofOperations(pattern, []).filter((matchers) => !matchers.some((text) => text.includes(prompts.method)));
  return isOfPrompts ? [...found, [labelIs(ATTR_MCP_METHOD_NAME, prompts.method)]] : found;
}

function ofMethods(pattern: string): Matchers[] {
  if (pattern === 'protocol') return [[labelUnlike(ATTR_MCP_METHOD_NAME, [...APPLICATION_METHODS])]];
  return [pattern === '*' ? [] : [labelLike(ATTR_MCP_METHOD_NAME, [pattern])]];
}

function ofComponents(pattern: string): Matchers[] {
  const byNames = new Map<string, { readonly kinds: string[]; readonly names: readonly string[] }>();
  for (const kind of COMPONENT_KINDS) {
    const names = residues(pattern, `${kind} `);
    if (names.length === 0) continue;
    const key = JSON.stringify(names);
    const known = byNames.get(key);
    if (known === undefined) byNames.set(key, { kinds: [kind], names });
    else known.kinds.push(kind);
  }
  return [...byNames.values()].map(({ kinds, names }) => [
    ...(kinds.length === COMPONENT_KINDS.length ? [] : [labelLike(ATTR_COMPONENT, kinds)]),
    ...(names.includes('*') ? [] : [labelLike(ATTR_COMPONENT_NAME, names)]),
  ]);
}
