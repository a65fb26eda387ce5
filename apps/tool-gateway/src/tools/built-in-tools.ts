import { type Tool, ToolSource } from '../ports/tool.port.ts';

/** The tools that are our own code. */
export class BuiltInTools extends ToolSource {
  readonly name = 'built-in';

  constructor(private readonly list: readonly Tool[]) {
    super();
  }

  owns(toolName: string): boolean {
    return this.list.some((tool) => tool.definition.name === toolName);
  }

  async tools(): Promise<readonly Tool[]> {
    return this.list;
  }

  onListed(): void {
    // They never change while the process runs.
  }

  async close(): Promise<void> {}
}
