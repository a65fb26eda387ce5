import type { Tool as McpToolDefinition } from '@modelcontextprotocol/client';
import { matchesPattern, type JsonObject } from '@signalbox/kernel';
import { asToken } from '@signalbox/messaging';
import type { ToolRule, UpstreamConfig } from '../gateway-config/upstream.schema.ts';
import type { Tool, ToolCall, ToolResult } from '../ports/tool.port.ts';

const NAME_CHARACTERS_MAX = 100;
const DESCRIPTION_CHARACTERS_MAX = 8_000;

/** Calls a tool as its server defines it. */
export type CallUpstream = (
  tool: Tool,
  definition: McpToolDefinition,
  argumentsGiven: JsonObject,
  call: ToolCall,
) => Promise<ToolResult>;

/** The tools of an upstream that our configuration offers, under our names. */
export function offeredTools(
  definitions: readonly McpToolDefinition[],
  upstream: { readonly name: string; readonly config: UpstreamConfig },
  callUpstream: CallUpstream,
): readonly Tool[] {
  const tools = new Map<string, Tool>();
  for (const definition of definitions) {
    const rule = ruleFor(definition.name, upstream.config);
    const name = `${upstream.name}__${asToken(definition.name)}`.slice(0, NAME_CHARACTERS_MAX);
    // Of two that become one name, the first has it.
    if (!rule || tools.has(name)) continue;
    const tool: Tool = {
      definition: {
        name,
        description: (definition.description ?? '').slice(0, DESCRIPTION_CHARACTERS_MAX),
        inputSchema: definition.inputSchema as unknown as JsonObject,
      },
      approvalRequired: rule.approval,
      repeatable: rule.repeatable,
      run: (argumentsGiven, call) => callUpstream(tool, definition, argumentsGiven, call),
    };
    tools.set(name, tool);
  }
  return [...tools.values()];
}

function ruleFor(name: string, { tools }: UpstreamConfig): ToolRule | undefined {
  return Object.entries(tools).find(([pattern]) => matchesPattern(pattern, name))?.[1];
}
