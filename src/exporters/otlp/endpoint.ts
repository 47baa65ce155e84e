import type { CompressionAlgorithm } from '@opentelemetry/otlp-exporter-base';
import { convertLegacyHttpOptions } from '@opentelemetry/otlp-exporter-base/node-http';
import { ProtobufMetricsSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { nodeHttp } from '../../core/node-http.ts';
import type { HttpConfiguration } from './http-sender.ts';
import type { PartialSuccess } from './send-outcome.ts';
import type { SpoolSignal } from './spool-file.ts';

/** Endpoint of one signal. What is left out comes from `OTEL_EXPORTER_OTLP_*`, then from the OTLP defaults. */
export interface OtlpEndpointOptions {
  /** Complete address, used as it is: `http://127.0.0.1:4318/v1/traces`. */
  readonly url?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Limit of one attempt. Default 10,000 ms. */
  readonly timeoutMs?: number | undefined;
  /** Default `none`. */
  readonly compression?: 'gzip' | 'none' | undefined;
}

const PATHS: Readonly<Record<SpoolSignal, string>> = { traces: 'v1/traces', metrics: 'v1/metrics' };

/** The address of a signal below a base endpoint such as `http://127.0.0.1:4318`. */
export function signalUrl(endpoint: string, signal: SpoolSignal): string {
  return `${endpoint.replace(/\/+$/, '')}/${PATHS[signal]}`;
}

/**
 * Resolves an endpoint the way the OpenTelemetry exporters do: headers, TLS, compression, proxies' agents and the
 * environment included.
 *
 * @throws Error when the address or the timeout is unusable
 */
export function resolveEndpoint(signal: SpoolSignal, options: OtlpEndpointOptions): HttpConfiguration {
  const http = convertLegacyHttpOptions(
    {
      ...(options.url === undefined ? {} : { url: options.url }),
      ...(options.headers === undefined ? {} : { headers: { ...options.headers } }),
      ...(options.timeoutMs === undefined ? {} : { timeoutMillis: options.timeoutMs }),
      ...(options.compression === undefined ? {} : { compression: options.compression as CompressionAlgorithm }),
    },
    signal.toUpperCase(),
    PATHS[signal],
    { 'Content-Type': 'application/x-protobuf' },
  );
  return {
    ...http,
    // The exporters' own one imports `http` whole. Certificates, which only HTTPS needs, are theirs to read.
    agentFactory: (protocol) =>
      protocol === 'https:' ? http.agentFactory(protocol) : new (nodeHttp().Agent)({ keepAlive: true }),
  };
}

function toPartial(rejected: unknown, message: string | undefined): PartialSuccess | undefined {
  const count = Number(rejected ?? 0);
  return count > 0 || (message ?? '') !== '' ? { rejected: count, message: message ?? '' } : undefined;
}

/** Reads the partial success out of the answer to a trace or metrics request. Throws on garbage. */
export function parsePartialSuccess(signal: SpoolSignal, body: Uint8Array): PartialSuccess | undefined {
  if (signal === 'traces') {
    const { partialSuccess } = ProtobufTraceSerializer.deserializeResponse(body);
    return toPartial(partialSuccess?.rejectedSpans, partialSuccess?.errorMessage);
  }
  const { partialSuccess } = ProtobufMetricsSerializer.deserializeResponse(body);
  return toPartial(partialSuccess?.rejectedDataPoints, partialSuccess?.errorMessage);
}
