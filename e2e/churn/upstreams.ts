import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** An MCP server as npm has it, and what is asked of it again and again. */
export interface ChurnedUpstream {
  readonly name: string;
  readonly package: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly tool: string;
  readonly arguments: object;
}

/** Three servers, over files of their own in `folder`. */
export async function churnedUpstreams(folder: string): Promise<readonly ChurnedUpstream[]> {
  const files = join(folder, 'files');
  await mkdir(files, { recursive: true });
  await writeFile(join(files, 'a.md'), 'text');
  return [
    {
      name: 'everything',
      package: '@modelcontextprotocol/server-everything',
      args: ['stdio'],
      tool: 'echo',
      arguments: { message: 'x' },
    },
    {
      name: 'files',
      package: '@modelcontextprotocol/server-filesystem',
      args: [files],
      tool: 'read_text_file',
      arguments: { path: join(files, 'a.md') },
    },
    {
      name: 'memory',
      package: '@modelcontextprotocol/server-memory',
      env: { MEMORY_FILE_PATH: join(folder, 'memory.jsonl') },
      tool: 'search_nodes',
      arguments: { query: 'x' },
    },
  ];
}
