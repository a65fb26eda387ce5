import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { npmPackages } from '../npm-packages.ts';

const GIT = '@cyanheads/git-mcp-server';
const DATABASE = '@bytebase/dbhub';
/** With what they need they are more than a hundred packages. */
const FETCHED = [`${GIT}@2.15.3`, `${DATABASE}@1.4.0`];

/** An MCP server as npm has it, and what is asked of it again and again. */
export interface ChurnedUpstream {
  readonly name: string;
  readonly package: string;
  /** The script to run, if the package is none of ours. */
  readonly script?: string;
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

/**
 * Two more, over a git repository and over a database: the one speaks the older revision of the
 * protocol, the other the newer.
 * @throws when npm cannot fetch them, or there is no git.
 */
export async function fetchedUpstreams(folder: string): Promise<readonly ChurnedUpstream[]> {
  const repository = join(folder, 'repository');
  await promisify(execFile)('git', ['init', '--quiet', repository]);
  const modules = await npmPackages(FETCHED);
  const script = (name: string) => join(modules, name, 'dist', 'index.js');
  return [
    {
      name: 'git',
      package: GIT,
      script: script(GIT),
      env: { MCP_TRANSPORT_TYPE: 'stdio', MCP_LOG_LEVEL: 'error', LOGS_DIR: join(folder, 'logs') },
      tool: 'git_status',
      arguments: { path: repository },
    },
    {
      name: 'database',
      package: DATABASE,
      script: script(DATABASE),
      args: ['--demo', '--transport', 'stdio'],
      tool: 'execute_sql',
      arguments: { sql: 'select count(*) from employee' },
    },
  ];
}
