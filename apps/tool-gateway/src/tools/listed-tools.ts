import {
  isSpecType,
  specTypeSchemas,
  type Tool as McpToolDefinition,
} from '@modelcontextprotocol/client';

/** Why a tool cannot be offered, in the `_meta` of what stands in its place. */
const UNREADABLE = 'signalbox/unreadable';
const NAME_CHARACTERS_MAX = 100;

/**
 * An answer to `tools/list` of which each tool can be read: one that cannot be would take all others
 * with it. In its place stands one that says why.
 */
export function readableTools(
  answer: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const result = answer['result'] as { readonly tools?: unknown } | null | undefined;
  if (!Array.isArray(result?.tools)) return answer;
  const tools = result.tools.map((tool: unknown, i) =>
    isSpecType.Tool(tool) ? tool : standIn(tool, i),
  );
  return { ...answer, result: { ...result, tools } };
}

/** Why the tool cannot be offered; absent when it can. */
export function whyUnreadable({ _meta: meta }: McpToolDefinition): string | undefined {
  const why = meta?.[UNREADABLE];
  return typeof why === 'string' ? why : undefined;
}

function standIn(tool: unknown, index: number): McpToolDefinition {
  const given = (tool as { readonly name?: unknown } | null | undefined)?.name;
  const name = typeof given === 'string' ? given.slice(0, NAME_CHARACTERS_MAX) : `#${index + 1}`;
  return { name, inputSchema: { type: 'object' }, _meta: { [UNREADABLE]: faultOf(tool) } };
}

function faultOf(tool: unknown): string {
  const { issues = [] } = specTypeSchemas.Tool['~standard'].validate(tool) as {
    readonly issues?: readonly { readonly message: string; readonly path?: readonly unknown[] }[];
  };
  const [first] = issues;
  return `${first?.path?.join('.') ?? 'it'}: ${first?.message ?? 'unreadable'}`;
}
