/** Packages of OpenTelemetry 3.x that alerts meet in an application. */
export const LINE_3: readonly string[] = [
  '@opentelemetry/api@1.10.0',
  '@opentelemetry/sdk-metrics@3.1.0',
  '@opentelemetry/sdk-logs@3.1.0',
];
