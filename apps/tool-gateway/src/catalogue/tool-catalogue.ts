import { Logger } from '@nestjs/common';
import { toolRegistered } from '@signalbox/contracts';
import { schemaValidator, type SchemaValidator } from '@signalbox/json-schema';
import { digestOf, type JsonObject } from '@signalbox/kernel';
import type { Tool, ToolSource } from '../ports/tool.port.ts';
import { Redactor } from '../secrets/redactor.ts';

/** A tool that can be called: its definition has been read and is usable. */
export interface OfferedTool {
  readonly tool: Tool;
  readonly definitionDigest: string;
  /** What is wrong with arguments, in words; absent when they fit the tool's schema. */
  readonly problemOf: SchemaValidator;
}

/** Every tool there is, wherever it comes from. */
export class ToolCatalogue {
  private readonly logger = new Logger(ToolCatalogue.name);
  /** By identity: a source that lists its tools anew hands out new ones. */
  private readonly offers = new WeakMap<Tool, OfferedTool | 'unusable'>();

  constructor(
    readonly sources: readonly ToolSource[],
    private readonly redactor = new Redactor(),
  ) {}

  /** @throws AppError `unavailable` when the tool's source cannot say at present. */
  async find(name: string): Promise<OfferedTool | undefined> {
    const tool = await this.sources.find((source) => source.owns(name))?.find(name);
    return tool && this.offerOf(tool);
  }

  /** The names of the tools that are offered, as far as they are known without asking. */
  get names(): readonly string[] {
    return this.sources
      .flatMap((source) => source.known)
      .filter((tool) => this.offerOf(tool) !== undefined)
      .map(({ definition }) => definition.name);
  }

  /** The tool as it is offered; absent when its definition is unusable. */
  offerOf(tool: Tool): OfferedTool | undefined {
    const known = this.offers.get(tool) ?? this.prepare(tool);
    this.offers.set(tool, known);
    return known === 'unusable' ? undefined : known;
  }

  private prepare(tool: Tool): OfferedTool | 'unusable' {
    const { name, description, inputSchema } = tool.definition;
    try {
      // First: it bounds what the digest walks by recursion.
      const problemOf = schemaValidator(inputSchema, 'arguments');
      // It is kept for good and told to models; changed it would be another than its server's.
      if (this.holdsSecret({ name, description, inputSchema })) {
        throw new Error('its definition holds a credential');
      }
      const definitionDigest = digestOf({ name, description, inputSchema });
      return { tool, definitionDigest, problemOf };
    } catch (error) {
      const why = `the tool ${name} is not offered: ${String(error)}`;
      this.logger.warn(this.redactor.redact(why));
      return 'unusable';
    }
  }

  private holdsSecret(definition: JsonObject): boolean {
    const redacted = this.redactor.redactJson(definition);
    return JSON.stringify(redacted) !== JSON.stringify(definition);
  }
}

/** The tool as the audit stream shows it to those who may call it. */
export function registrationOf({ tool, definitionDigest }: OfferedTool, policyDigest: string) {
  const { definition, approvalRequired, repeatable } = tool;
  const offer = { definitionDigest, approvalRequired, repeatable, policyDigest };
  return toolRegistered.of({ ...definition, ...offer });
}
