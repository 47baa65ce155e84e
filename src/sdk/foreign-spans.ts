import type { Attributes, Span } from '@opentelemetry/api';
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

/** Names of the conventions, which our span of an operation has values of its own for. */
const OURS_TO_SAY = /^(mcp|mcp_vitals|gen_ai|jsonrpc|rpc|error|network)\./;

/** What another instrumentation says of a message beyond what ours says of it. */
export function notOursToSay(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => !OURS_TO_SAY.test(name)));
}
