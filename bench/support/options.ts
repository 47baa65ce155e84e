import { parseArgs } from 'node:util';
import { NODE_MAJORS, type NodeMajor } from '../../test/support/nodes.ts';

/** What is asked of a benchmark that starts servers with and without the product in turn. */
export interface PairedOptions {
  readonly nodes: readonly NodeMajor[];
  /** Pairs of processes on each Node. */
  readonly rounds: number;
  /** Folder of the built product. */
  readonly build: string;
  /** Of the order within each pair. */
  readonly seed: number;
  /** Where every figure is written. */
  readonly json: string | undefined;
}

const USAGE = `  --node 20,24   versions of Node (default both)
  --rounds N     pairs of processes on each
  --build DIR    folder of the built product (default dist)
  --seed N       of the order within the pairs
  --json FILE    writes every figure`;

/**
 * Reads the arguments of such a benchmark.
 *
 * @throws when an option is unknown or makes no sense, with the options there are
 */
export function readPairedOptions(args: readonly string[], defaults: { readonly rounds: number }): PairedOptions {
  const text = { type: 'string' } as const;
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { node: text, rounds: text, build: { ...text, default: 'dist' }, seed: text, json: text },
    });
    return {
      nodes: nodeMajors(values.node),
      rounds: positiveInteger('rounds', values.rounds) ?? defaults.rounds,
      build: values.build,
      seed: positiveInteger('seed', values.seed) ?? 1,
      json: values.json,
    };
  } catch (error) {
    throw new RangeError(`${(error as Error).message}\n${USAGE}`, { cause: error });
  }
}

/** A list of versions of Node, separated by commas. @throws when there is no binary of one */
export function nodeMajors(text = '20,24'): NodeMajor[] {
  return text.split(',').map((part) => {
    const major = NODE_MAJORS.find((known) => String(known) === part);
    if (major === undefined) throw new RangeError(`--node must be of ${NODE_MAJORS.join(', ')}, got ${part}`);
    return major;
  });
}

/** @throws when it is no positive integer */
export function positiveInteger(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new RangeError(`--${name} must be a positive integer, got ${text}`);
  }
  return value;
}
