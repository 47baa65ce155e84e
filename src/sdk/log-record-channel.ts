import type { Diag } from '../core/diag.ts';
import type { AlertChannel, AlertNotice, Severity } from '../core/model/alert.ts';
import { VERSION } from '../core/version.ts';

/** Where every copy of `@opentelemetry/api-logs` registers the provider of the process, by version of that registration. */
const LOGS_GLOBAL = Symbol.for('io.opentelemetry.js.api.logs');
const LOGS_VERSION = 1;
/** Where API 1.10, which has taken the logs API in, keeps it. */
const API_GLOBAL = Symbol.for('opentelemetry.js.api.1');

/** The little of the logs API that is used; the package itself is the application's. */
interface LoggerProviderLike {
  getLogger(name: string, version: string): { emit(record: object): void };
}

/** `SeverityNumber` of the logs data model. */
const SEVERITY_NUMBERS: Readonly<Record<Severity, number>> = { info: 9, warning: 13, critical: 17, emergency: 21 };

/** Alerts as log records (events named `mcp_vitals.alert`) of the logs SDK the application has registered. */
export class LogRecordChannel implements AlertChannel {
  readonly name = 'otel';
  readonly #diag: Diag;
  #withoutProvider = 0;

  constructor(diag: Diag) {
    this.#diag = diag;
  }

  notify(notices: readonly AlertNotice[]): void {
    const logger = registeredProvider()?.getLogger('mcp-vitals', VERSION);
    if (logger === undefined) {
      this.#withoutProvider += notices.length;
      this.#diag.warn(
        'alerts otel',
        'alerts are not logged: the application has registered no OpenTelemetry logger provider',
      );
      return;
    }
    for (const notice of notices) logger.emit(toRecord(notice));
  }

  dropped(): Readonly<Record<string, number>> {
    return this.#withoutProvider === 0 ? {} : { no_provider: this.#withoutProvider };
  }
}

function registeredProvider(): LoggerProviderLike | undefined {
  const slots = globalThis as {
    [LOGS_GLOBAL]?: (version: number) => LoggerProviderLike | undefined;
    [API_GLOBAL]?: { readonly logs?: LoggerProviderLike };
  };
  return slots[API_GLOBAL]?.logs ?? slots[LOGS_GLOBAL]?.(LOGS_VERSION);
}

function toRecord({ kind, alert }: AlertNotice): object {
  const attributes = Object.entries(alert.attributes).map(([name, value]) => [
    `mcp_vitals.alert.attributes.${name}`,
    value,
  ]);
  return {
    eventName: 'mcp_vitals.alert',
    timestamp: kind === 'resolved' ? alert.resolvedAt : alert.firedAt,
    severityNumber: kind === 'resolved' ? SEVERITY_NUMBERS.info : SEVERITY_NUMBERS[alert.severity],
    severityText: kind === 'resolved' ? 'resolved' : alert.severity,
    body: alert.message,
    attributes: {
      'mcp_vitals.alert.state': kind,
      'mcp_vitals.alert.fingerprint': alert.fingerprint,
      'mcp_vitals.rule': alert.rule,
      'mcp_vitals.severity': alert.severity,
      'mcp_vitals.alert.category': alert.category,
      'mcp_vitals.alert.value': alert.value,
      'mcp_vitals.alert.threshold': alert.threshold,
      ...(alert.advice === undefined ? {} : { 'mcp_vitals.alert.advice': alert.advice }),
      ...Object.fromEntries(attributes),
    },
  };
}
