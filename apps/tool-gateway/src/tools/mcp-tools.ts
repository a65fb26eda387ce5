import type { Tool as McpToolDefinition } from '@modelcontextprotocol/client';
import { Logger } from '@nestjs/common';
import { matchesPattern, type JsonObject } from '@signalbox/kernel';
import { asToken } from '@signalbox/messaging';
import type { ToolRule, UpstreamConfig } from '../gateway-config/upstream.schema.ts';
import type { Tool, ToolCall, ToolResult } from '../ports/tool.port.ts';
import { whyUnreadable } from './listed-tools.ts';

const NAME_CHARACTERS_MAX = 100;
/** Each is digested, recorded for good, and read by models. */
const TOOLS_MAX = 500;
const DESCRIPTION_CHARACTERS_MAX = 8_000;
/** Of what is said of the tools that are left out. */
const SHOWN_MAX = 20;
const SHOWN_CHARACTERS_MAX = 200;

/** Calls a tool as its server defines it. */
export type CallUpstream = (
  tool: Tool,
  definition: McpToolDefinition,
  argumentsGiven: JsonObject,
  call: ToolCall,
) => Promise<ToolResult>;

interface Upstream {
  readonly name: string;
  readonly config: UpstreamConfig;
}

/** The tools of an upstream that our configuration offers, under our names. */
export class OfferedTools {
  private readonly logger: Logger;
  private warned = '';

  constructor(
    private readonly upstream: Upstream,
    private readonly callUpstream: CallUpstream,
  ) {
    this.logger = new Logger(`McpUpstream ${upstream.name}`);
  }

  /** Those of `definitions`. What is left out, or offered under another name, is logged once. */
  of(definitions: readonly McpToolDefinition[]): readonly Tool[] {
    const { config } = this.upstream;
    const wanted = definitions.filter(({ name }) => ruleFor(name, config) !== undefined);
    const configured = wanted.slice(0, TOOLS_MAX);
    const holders = new Map<string, McpToolDefinition>();
    for (const definition of configured.toSorted(byClaim)) {
      const name = this.nameOf(definition);
      if (faultOf(definition) === undefined && !holders.has(name)) holders.set(name, definition);
    }
    const tooMany = wanted.length - configured.length;
    this.warn([
      ...(tooMany > 0 ? [`${tooMany} are left out: at most ${TOOLS_MAX} can be offered`] : []),
      ...configured.flatMap((definition) => this.remarkOn(definition, holders)),
    ]);
    return configured.flatMap((definition) => {
      const rule = ruleFor(definition.name, config);
      const name = this.nameOf(definition);
      return rule && holders.get(name) === definition ? [this.tool(name, definition, rule)] : [];
    });
  }

  private nameOf({ name }: McpToolDefinition): string {
    return `${this.upstream.name}__${asToken(name)}`.slice(0, NAME_CHARACTERS_MAX);
  }

  private tool(name: string, definition: McpToolDefinition, rule: ToolRule): Tool {
    const tool: Tool = {
      definition: {
        name,
        description: (definition.description ?? '').slice(0, DESCRIPTION_CHARACTERS_MAX),
        inputSchema: definition.inputSchema as unknown as JsonObject,
      },
      approvalRequired: rule.approval,
      repeatable: rule.repeatable,
      run: (argumentsGiven, call) => this.callUpstream(tool, definition, argumentsGiven, call),
    };
    return tool;
  }

  private remarkOn(
    definition: McpToolDefinition,
    holders: ReadonlyMap<string, McpToolDefinition>,
  ): readonly string[] {
    const own = JSON.stringify(definition.name.slice(0, SHOWN_CHARACTERS_MAX));
    const fault = faultOf(definition);
    if (fault !== undefined) return [`${own} is left out: ${fault}`];
    const name = this.nameOf(definition);
    const holder = holders.get(name);
    if (holder !== definition) {
      const other = JSON.stringify(holder?.name.slice(0, SHOWN_CHARACTERS_MAX));
      return [`${own} is left out: ${name} is the name of ${other}`];
    }
    const asItIs = `${this.upstream.name}__${definition.name}`;
    return name === asItIs ? [] : [`${own} is offered as ${name}`];
  }

  private warn(remarks: readonly string[]): void {
    const shown = remarks
      .slice(0, SHOWN_MAX)
      .map((remark) => remark.slice(0, 3 * SHOWN_CHARACTERS_MAX));
    const more = remarks.length > shown.length ? [`and ${remarks.length - shown.length} more`] : [];
    const text = [...shown, ...more].join('; ');
    if (text !== '' && text !== this.warned) this.logger.warn(`of its tools ${text}`);
    this.warned = text;
  }
}

/** Of those that become one name it goes to the one that has it, else to the first by its own name. */
function byClaim(one: McpToolDefinition, other: McpToolDefinition): number {
  const claims = Number(isPlain(other)) - Number(isPlain(one));
  if (claims !== 0) return claims;
  return one.name < other.name ? -1 : Number(one.name > other.name);
}

const isPlain = ({ name }: McpToolDefinition) => asToken(name) === name;

function faultOf(definition: McpToolDefinition): string | undefined {
  return definition.name === '' ? 'it has no name' : whyUnreadable(definition);
}

function ruleFor(name: string, { tools }: UpstreamConfig): ToolRule | undefined {
  return Object.entries(tools).find(([pattern]) => matchesPattern(pattern, name))?.[1];
}
