import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { defaultResource, type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import type { VitalsConfig } from '../config/index.ts';
import type { Snapshot } from '../core/model/snapshot.ts';
import type { ProtocolLike } from '../mcp/sdk-shapes.ts';

const UNKNOWN_SERVICE = 'unknown_service:node';

/** Who this process is: configured, else what the MCP server or client calls itself when it connects. */
export function serviceIdentity(config: VitalsConfig, protocol: ProtocolLike | undefined): Snapshot['service'] {
  const info = protocol?._serverInfo ?? protocol?._clientInfo;
  const { attributes } = config.resource;
  const name = config.service.name ?? attributes['service.name'] ?? text(info?.name) ?? UNKNOWN_SERVICE;
  return {
    name,
    version: attributes['service.version'] ?? text(info?.version),
    instanceId: attributes['service.instance.id'] ?? randomUUID(),
  };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value.slice(0, 256) : undefined;
}

/** The resource of all our telemetry: SDK defaults, service, process and host, then what the user configured. */
export function createResource(config: VitalsConfig, service: Snapshot['service']): Resource {
  return defaultResource().merge(
    resourceFromAttributes({
      'service.instance.id': service.instanceId,
      ...(service.version === undefined ? {} : { 'service.version': service.version }),
      'process.pid': process.pid,
      'process.runtime.name': 'nodejs',
      'process.runtime.version': process.versions.node,
      'host.name': hostname(),
      'host.arch': process.arch,
      ...config.resource.attributes,
      'service.name': service.name,
    }),
  );
}
