import { execFileSync } from 'node:child_process';

/** Resident megabytes, as `ps` tells them: pages that processes share count for each of them. */
export interface Memory {
  /** The launcher and the apps. */
  readonly ours: number;
  /** MCP servers that the gateway started; somebody else's programs. */
  readonly upstreams: number;
  readonly nats: number;
  readonly postgres: number;
}

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly megabytes: number;
  readonly command: string;
}

/** Of a process and all that it started. */
export function memoryUnder(pid: number): Memory {
  const processes = familyOf(pid);
  const sum = (kind: keyof Memory) =>
    processes
      .filter(({ command }) => kindOf(command) === kind)
      .reduce((total, { megabytes }) => total + megabytes, 0);
  return {
    ours: sum('ours'),
    upstreams: sum('upstreams'),
    nats: sum('nats'),
    postgres: sum('postgres'),
  };
}

function kindOf(command: string): keyof Memory {
  if (/\bnats-server\b/.test(command)) return 'nats';
  if (/\bpostgres\b/.test(command)) return 'postgres';
  return /\bmcp\b|modelcontextprotocol/.test(command) ? 'upstreams' : 'ours';
}

function familyOf(pid: number): readonly Process[] {
  const all = processTable();
  const family = all.filter((process) => process.pid === pid);
  for (const member of family) family.push(...all.filter(({ parent }) => parent === member.pid));
  return family;
}

function processTable(): readonly Process[] {
  const listed = execFileSync('ps', ['-eo', 'pid=,ppid=,rss=,args='], { encoding: 'utf8' });
  return listed.split('\n').flatMap((line) => {
    const [, pid, parent, kilobytes, command] =
      /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    if (command === undefined) return [];
    return [
      {
        pid: Number(pid),
        parent: Number(parent),
        megabytes: Number(kilobytes) / 1_024,
        command,
      },
    ];
  });
}
