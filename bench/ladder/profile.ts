import type { CpuProfile } from './subject.ts';

/** Self time of a function or of a group of them, µs a call. */
export interface Cost {
  /** `dispatchRequest mcp/patch-protocol.js:37`, or the name of a package. */
  readonly name: string;
  readonly selfUs: number;
}

/** All lists with the largest first. */
export interface ProfileSummary {
  /** By origin: package, Node, garbage collector. */
  readonly groups: readonly Cost[];
  /** Functions of the product. */
  readonly ours: readonly Cost[];
  /** Functions of everything else. */
  readonly others: readonly Cost[];
}

type ProfileNode = CpuProfile['nodes'][number];

const OURS = 'mcp-vitals';
const SPECIAL = /^\((.+)\)$/;

/**
 * Sums up a CPU profile per call. Built-in functions (`Map.get`, `bind`) have no file: their time is charged to the
 * function that called them, and shown as its own line of that function.
 *
 * @param buildUrl URL of the folder of the built product
 */
export function summarizeProfile(profile: CpuProfile, buildUrl: string, calls: number): ProfileSummary {
  const selfUs = selfTimes(profile);
  const parents = new Map<number, number>();
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  for (const node of profile.nodes) for (const child of node.children ?? []) parents.set(child, node.id);

  const groups = new Map<string, number>();
  const ours = new Map<string, number>();
  const others = new Map<string, number>();
  for (const node of profile.nodes) {
    const timeUs = (selfUs.get(node.id) ?? 0) / calls;
    if (timeUs === 0) continue;
    const owner = ownerOf(node, nodes, parents);
    const group = groupOf(owner, buildUrl);
    add(groups, group, timeUs);
    add(group === OURS ? ours : others, nameOf(node, owner, buildUrl), timeUs);
  }
  return { groups: ranked(groups), ours: ranked(ours), others: ranked(others) };
}

function selfTimes({ samples, timeDeltas }: CpuProfile): Map<number, number> {
  const times = new Map<number, number>();
  // A delta is the time before its sample, so it belongs to the sample before.
  for (const [index, id] of samples.entries()) times.set(id, (times.get(id) ?? 0) + (timeDeltas[index + 1] ?? 0));
  return times;
}

function ownerOf(
  node: ProfileNode,
  nodes: ReadonlyMap<number, ProfileNode>,
  parents: ReadonlyMap<number, number>,
): ProfileNode {
  let owner: ProfileNode | undefined = node;
  while (owner !== undefined && owner.callFrame.url === '' && !SPECIAL.test(owner.callFrame.functionName)) {
    owner = nodes.get(parents.get(owner.id) ?? -1);
  }
  return owner ?? node;
}

function groupOf({ callFrame: { url, functionName } }: ProfileNode, buildUrl: string): string {
  if (url === '') return SPECIAL.exec(functionName)?.[1] ?? 'native';
  if (url.startsWith(buildUrl)) return OURS;
  if (url.startsWith('node:')) return 'Node';
  const parts = url.split('/node_modules/');
  const inside = parts.length > 1 ? parts.at(-1) : undefined;
  if (inside === undefined) return 'the ladder itself';
  const [scope = '', name = ''] = inside.split('/');
  return scope.startsWith('@') ? `${scope}/${name}` : scope;
}

function nameOf(node: ProfileNode, owner: ProfileNode, buildUrl: string): string {
  const { functionName, url, lineNumber } = owner.callFrame;
  const file = url.startsWith(buildUrl) ? url.slice(buildUrl.length + 1) : (url.split('/node_modules/').at(-1) ?? url);
  const place = `${functionName || '(anonymous)'} ${file}:${lineNumber + 1}`;
  return node === owner ? place : `${place} > ${node.callFrame.functionName}`;
}

function add(costs: Map<string, number>, name: string, timeUs: number): void {
  costs.set(name, (costs.get(name) ?? 0) + timeUs);
}

function ranked(costs: ReadonlyMap<string, number>): Cost[] {
  return [...costs].map(([name, selfUs]) => ({ name, selfUs })).sort((left, right) => right.selfUs - left.selfUs);
}
