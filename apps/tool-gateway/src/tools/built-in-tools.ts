import { type Tool, ToolSource } from '../ports/tool.port.ts';

/** The tools that are our own code. */
export class BuiltInTools extends ToolSource {
  readonly name = 'built-in';

  constructor(readonly known: readonly Tool[]) {
    super();
  }

  owns(toolName: string): boolean {
    return this.known.some((tool) => tool.definition.name === toolName);
  }

  async tools(): Promise<readonly Tool[]> {
    return this.known;
  }
}
