import type { Span } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { ForeignSpan } from '../mcp/client/client-operation.ts';
import { OperationSpan } from '../mcp/operation-span.ts';
import { SPAN_KIND_CLIENT, SPAN_KIND_SERVER } from '../mcp/span-types.ts';
import {
  ATTR_GEN_AI_OPERATION_NAME,
  ATTR_GEN_AI_TOOL_NAME,
  ATTR_MCP_METHOD_NAME,
  GEN_AI_OPERATION_NAME_VALUE_EXECUTE_TOOL,
} from '../semconv/attributes.ts';

/**
 * The active span, when it stands for the very request that is about to be sent: one of an agent framework for the execution
 * of the tool (conventions: it gets the MCP attributes instead of a second span below it), or one of another instrumentation
 * of MCP clients. SDK spans can be read; of any other kind of span nothing is known, and it is taken for a parent.
 */
export function spanOfSameRequest(
  span: Span | undefined,
  method: string,
  name: string | undefined,
): ForeignSpan | undefined {
  if (span === undefined || span instanceof OperationSpan || !span.isRecording()) return undefined;
  const { attributes, kind } = span as Partial<ReadableSpan>;
  if (attributes === undefined || kind === SPAN_KIND_SERVER) return undefined;
  const isClientSpan = kind === SPAN_KIND_CLIENT && attributes[ATTR_MCP_METHOD_NAME] === method;
  const isToolExecution =
    method === 'tools/call' &&
    name !== undefined &&
    attributes[ATTR_GEN_AI_OPERATION_NAME] === GEN_AI_OPERATION_NAME_VALUE_EXECUTE_TOOL &&
    attributes[ATTR_GEN_AI_TOOL_NAME] === name;
  return isClientSpan || isToolExecution ? span : undefined;
}

/** Instrumentation scopes that write a SERVER span of their own for every message of a server, beside ours. */
const DOUBLING_SCOPES: ReadonlySet<string> = new Set(['mcp-handler']);

/**
 * Whether a span says of a message what our own span of it says. `mcp-handler` writes one after the answer, without children,
 * as soon as there is a tracer provider; where the provider is ours it is left out.
 */
export function doublesOperation({ kind, attributes, instrumentationScope }: ReadableSpan): boolean {
  return (
    kind === SPAN_KIND_SERVER &&
    attributes[ATTR_MCP_METHOD_NAME] !== undefined &&
    DOUBLING_SCOPES.has(instrumentationScope.name)
  );
}
