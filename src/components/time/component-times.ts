import type { CallTotals, ComponentRef, ComponentTime } from '../../core/call-log.ts';
import { ExplicitHistogram } from '../../core/explicit-histogram.ts';
import type { ComponentSnapshot } from '../../core/model/component.ts';
import { OTHER } from '../../semconv/attributes.ts';
import { STAGE_DURATION_BOUNDARIES } from '../../semconv/boundaries.ts';

/** Time that the operations of one tool spent in one component. */
export interface ComponentSeries {
  /** `undefined` for operations that are no tool calls. */
  readonly tool: string | undefined;
  readonly component: ComponentRef;
  readonly histogram: ExplicitHistogram;
}

/** What the operations of one name have spent in components. */
export interface OperationComponents {
  /** Union over all components: the rest of the execution is the operation's own. */
  readonly totalSeconds: number;
  readonly components: readonly ComponentSnapshot[];
}

interface Row {
  readonly series: ComponentSeries;
  operations: number;
  calls: number;
  errors: number;
  totalSeconds: number;
}

interface Entry {
  totalSeconds: number;
  readonly rows: Map<ComponentRef, Row>;
}

/** Component time of every operation since the process started. */
export class ComponentTimes {
  readonly #maxSeries: number;
  readonly #boundaries: readonly number[];
  readonly #entries = new Map<string, Entry>();
  readonly #series = new Map<string, ComponentSeries>();

  /**
   * @param maxSeries combinations of tool and component with a series of their own; the rest shares one per tool and kind
   * @param boundaries seconds, objective thresholds included
   */
  constructor(maxSeries: number, boundaries: readonly number[] = STAGE_DURATION_BOUNDARIES) {
    this.#maxSeries = maxSeries;
    this.#boundaries = boundaries;
  }

  /** Files a finished operation. `name` and `tool` are bounded by the caller. */
  add(name: string, tool: string | undefined, totals: CallTotals): void {
    let entry = this.#entries.get(name);
    if (entry === undefined) {
      entry = { totalSeconds: 0, rows: new Map() };
      this.#entries.set(name, entry);
    }
    entry.totalSeconds += totals.busyMs / 1000;
    for (const time of totals.components) {
      let row = entry.rows.get(time.component);
      if (row === undefined) {
        row = { series: this.#seriesOf(tool, time.component), operations: 0, calls: 0, errors: 0, totalSeconds: 0 };
        entry.rows.set(time.component, row);
      }
      row.operations += 1;
      row.calls += told(time.calls);
      row.errors += told(time.errors);
      row.totalSeconds += time.busyMs / 1000;
      row.series.histogram.record(time.busyMs / 1000);
    }
  }

  /** `undefined` for an operation in which no component took part. */
  of(name: string): OperationComponents | undefined {
    const entry = this.#entries.get(name);
    if (entry === undefined) return undefined;
    const components = [...entry.rows].map(([{ kind, name: component }, row]) => ({
      kind,
      name: component,
      operations: row.operations,
      calls: row.calls,
      errors: row.errors,
      totalSeconds: row.totalSeconds,
    }));
    return {
      totalSeconds: entry.totalSeconds,
      components: components.sort((a, b) => b.totalSeconds - a.totalSeconds),
    };
  }

  series(): Iterable<ComponentSeries> {
    return this.#series.values();
  }

  #seriesOf(tool: string | undefined, component: ComponentRef): ComponentSeries {
    const known = this.#series.get(keyOf(tool, component));
    if (known !== undefined) return known;
    const usable = this.#series.size < this.#maxSeries || component.name === OTHER;
    if (!usable) return this.#seriesOf(tool, { kind: component.kind, name: OTHER });
    const series = { tool, component, histogram: new ExplicitHistogram(this.#boundaries) };
    this.#series.set(keyOf(tool, component), series);
    return series;
  }
}

/** A call that both a channel and a span have reported is one; what code has reported nobody else reports. */
function told({ channel, span, code }: ComponentTime['calls']): number {
  return Math.max(channel, span) + code;
}

function keyOf(tool: string | undefined, { kind, name }: ComponentRef): string {
  return `${kind} ${name} ${tool ?? ''}`;
}
