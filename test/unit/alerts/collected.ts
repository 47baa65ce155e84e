import type { MetricData, ViewOptions } from '@opentelemetry/sdk-metrics';
import { AlertBook, type Explain } from '../../../src/alerts/alert-book.ts';
import { compileRules } from '../../../src/alerts/compile-rules.ts';
import type { RuleSurroundings } from '../../../src/alerts/default-rules.ts';
import { kindOfMetric } from '../../../src/alerts/metric-series.ts';
import { RulesEngine } from '../../../src/alerts/rules-engine.ts';
import { Silences } from '../../../src/alerts/silences.ts';
import type { RuleOptions } from '../../../src/config/index.ts';
import { DEFAULT_RULE_NAMES } from '../../../src/config/rule-fields.ts';
import type { AlertNotice, AlertsSnapshot } from '../../../src/core/model/alert.ts';
import { prometheusName } from '../../../src/semconv/prometheus-name.ts';
import { MetricsUnderTest } from './metrics-under-test.ts';

/** Unix time at which the engine under test begins. */
export const BEGIN: number = 1_700_000_000_000;

export interface RulesUnderTestOptions {
  /** Whether the default rules are in force besides the written ones. @default false */
  readonly withDefaults?: boolean;
  readonly surroundings?: Partial<RuleSurroundings>;
  readonly views?: ViewOptions[];
  readonly explain?: Explain;
}

/** Rules over a real SDK's metrics, a second at a time. */
export class RulesUnderTest {
  readonly metrics: MetricsUnderTest;
  readonly silences: Silences = new Silences();
  readonly book: AlertBook;
  readonly engine: RulesEngine;
  readonly notices: AlertNotice[] = [];
  now = 0;

  constructor(written: readonly RuleOptions[], options: RulesUnderTestOptions = {}) {
    const off = options.withDefaults === true ? [] : DEFAULT_RULE_NAMES.map((name) => ({ name, enabled: false }));
    this.metrics = new MetricsUnderTest(options.views);
    this.book = new AlertBook(this.silences, options.explain);
    this.engine = new RulesEngine({
      rules: compileRules([...off, ...written], {
        profile: 'production',
        expectedPerSecond: undefined,
        concurrency: undefined,
        ...options.surroundings,
      }),
      book: this.book,
      prometheusName: nameOf,
    });
  }

  /** Seconds that pass, each with what happens in it, a collection and an evaluation. */
  async seconds(count: number, each: (second: number) => void = () => {}): Promise<void> {
    for (let second = 0; second < count; second++) {
      this.now += 1000;
      each(second);
      const collected = await this.metrics.collect();
      this.notices.push(...this.engine.evaluate(collected, this.now, BEGIN + this.now));
    }
  }

  get alerts(): AlertsSnapshot {
    return this.book.snapshot();
  }

  /** What was announced, as `firing rule` and `resolved rule`. */
  get announced(): string[] {
    return this.notices.map(({ kind, alert }) => `${kind} ${alert.rule}`);
  }
}

function nameOf(metric: MetricData): string {
  return prometheusName({ name: metric.descriptor.name, unit: metric.descriptor.unit, kind: kindOfMetric(metric) });
}
