import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ObjectiveOptions } from '../../../src/config/objective-fields.ts';
import { LatencyWindows } from '../../../src/core/latency-windows.ts';
import { objectiveId } from '../../../src/core/model/objective-definition.ts';
import { selectionOf } from '../../../src/rules/objective-selection.ts';
import { STAGES } from '../../../src/semconv/stages.ts';
import { resolveObjectives } from '../../../src/slo/definition.ts';
import { ObjectiveJudge } from '../../../src/slo/objective-judge.ts';

type Labels = Readonly<Record<string, string>>;

/** What Prometheus does with one matcher; its regular expressions are anchored. */
function holds(matcher: string, labels: Labels): boolean {
  const [, name = '', operator = '', text = ''] = /^(\w+)(=~|!~|!=|=)(".*")$/s.exec(matcher) ?? [];
  const value = labels[name] ?? '';
  const wanted = JSON.parse(text) as string;
  if (operator === '=' || operator === '!=') return (value === wanted) === (operator === '=');
  return new RegExp(`^(?:${wanted})$`).test(value) === (operator === '=~');
}

/** Ids of the objectives whose selections contain a series. */
function selecting(objectives: readonly ObjectiveOptions[], labels: Labels, operation: string): string[] {
  const definitions = resolveObjectives(objectives);
  return definitions.flatMap((definition) => {
    const found = selectionOf(definition, definitions);
    const isSelected = found?.selections.some((matchers) => matchers.every((matcher) => holds(matcher, labels)));
    return isSelected === true && definition.target !== undefined ? objectiveId(definition, operation) : [];
  });
}

function judging(objectives: readonly ObjectiveOptions[], operation: string): string[] {
  const read = () => ({ residentBytes: 0, cpuSeconds: 0 });
  const judge = new ObjectiveJudge({ definitions: resolveObjectives(objectives), startMs: 0, process: read });
  const [method = '', tool] = operation.split(/ (.*)/s);
  const judged = judge.operation({ name: operation, method, tool }, new LatencyWindows());
  // Objectives are listed once something they concern has happened.
  judge.finished(judged, 0.001, false, new Float64Array(STAGES.length), 1);
  return judge.snapshot().map(({ id }) => id);
}

describe('the series of an objective', () => {
  test('are those of the operations the process judges by it, whatever patterns compete', () => {
    const tool = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*'), minLength: 1, maxLength: 4 });
    const pattern = fc.oneof(
      tool.map((name) => `tools/call ${name}`),
      tool.map((name) => `prompts/get ${name}`),
      fc.constantFrom('*', 'tools/*', '*a', 'tools/list', 'ping', 'p*', '*/* *b'),
    );
    const objective = fc.record({ operation: pattern, p95: fc.constantFrom(100, 200, 'off' as const) });
    const operation = fc.constantFrom('tools/call a', 'tools/call b.a', 'prompts/get b', 'tools/list', 'ping');
    fc.assert(
      fc.property(fc.array(objective, { maxLength: 5 }), operation, (objectives, name) => {
        const [method = '', target = ''] = name.split(' ');
        const attribute = method === 'prompts/get' ? 'gen_ai_prompt_name' : 'gen_ai_tool_name';
        const labels = { mcp_method_name: method, ...(target === '' ? {} : { [attribute]: target }) };
        expect(selecting(objectives, labels, name)).toEqual(judging(objectives, name));
      }),
      { numRuns: 1000 },
    );
  });

  test('of components are told by kind and name', () => {
    const [definition] = resolveObjectives([{ component: '* query', p95: 50 }]);
    if (definition === undefined) throw new Error('no definition');
    expect(selectionOf(definition, [definition])).toEqual({
      stream: 'mcp_vitals.component.duration',
      selections: [['mcp_vitals_component_name=~"query|.* query"']],
      byOperation: false,
    });
  });

  test('of the protocol are those of all methods but the ones that are the application', () => {
    const [definition] = resolveObjectives([{ method: 'protocol', p95: 100 }]);
    if (definition === undefined) throw new Error('no definition');
    const [matchers = []] = selectionOf(definition, [definition])?.selections ?? [];
    const isProtocol = (method: string) => matchers.every((matcher) => holds(matcher, { mcp_method_name: method }));
    expect(['ping', 'tools/list', 'tools/call', 'resources/read'].map(isProtocol)).toEqual([true, true, false, false]);
  });
});
