import { closestTo } from '@signalbox/kernel';
import { z } from 'zod';
import { headersConfig } from '../secrets/secret-reference.ts';
import { configWording, noField } from './config-wording.ts';
import { confinementFields } from './sandbox.schema.ts';
import { upstream, variables } from './upstream.schema.ts';

const TRANSPORTS = ['stdio', 'http', 'streamable-http', 'streamableHttp'];
/** How like a field of ours a name is that was meant for it: `arg`, `header`, `comand`. */
const MISSPELT_MIN = 0.6;

/**
 * A server as other MCP clients have it in their settings; what they say besides does not matter
 * here. https://modelcontextprotocol.io/docs/develop/connect-local-servers
 */
const mcpServer = z.looseObject({
  command: z.string().optional(),
  args: z.array(z.string()).optional(),
  env: variables.optional(),
  /** Refused unless the server is switched off. */
  cwd: z.unknown().optional(),
  disabled: z.boolean().optional(),
  enabled: z.boolean().optional(),
  /** These two are ours, for servers that need more than a sandbox gives by itself. */
  sandbox: confinementFields.sandbox.unwrap().optional(),
  unsandboxed: confinementFields.unsandboxed.unwrap().optional(),
  /** Likewise where it is none of `TRANSPORTS`. */
  type: z.unknown().meta({ enum: TRANSPORTS }).optional(),
  url: z.string().optional(),
  headers: headersConfig.unwrap().optional(),
});

const FIELDS = Object.keys(mcpServer.shape);

/** Others may have fields of their own; but not one like a field of ours that is not there. */
function misspeltIn(server: object): string | undefined {
  const missing = FIELDS.filter((name) => !Object.hasOwn(server, name));
  return Object.keys(server).find(
    (name) => !FIELDS.includes(name) && closestTo(name, missing, MISSPELT_MIN).length > 0,
  );
}

type McpServer = z.output<typeof mcpServer>;

/** Where a server cannot be used, and why. */
function objectionTo(server: McpServer): readonly [PropertyKey[], string] | undefined {
  const { type = 'stdio', cwd, url, command } = server;
  if (cwd !== undefined) {
    return [['cwd'], "is not taken: servers run in the configuration's folder"];
  }
  if (!TRANSPORTS.some((transport) => transport === type)) {
    const spoken = 'stdio, or http, which is streamable HTTP';
    return [['type'], `is a transport that is not spoken here; expected: ${spoken}`];
  }
  const misspelt = misspeltIn(server);
  if (misspelt !== undefined) return [[], noField(misspelt, FIELDS)];
  if (url !== undefined || command !== undefined) return undefined;
  const others = Object.keys(server).filter((name) => !FIELDS.includes(name));
  const found = others.length === 0 ? '' : `; there is ${others.join(', ')}`;
  return [['command'], `give either command or url${found}`];
}

/** Becomes an upstream, or nothing if it is switched off. */
export const mcpServerUpstream = mcpServer.transform((server, context) => {
  const { url, headers, command, args, env, sandbox, unsandboxed } = server;
  if (server.disabled === true || server.enabled === false) return undefined;
  const refuse = (path: PropertyKey[], message: string) => {
    context.addIssue({ code: 'custom', path, message });
    return z.NEVER;
  };
  const objection = objectionTo(server);
  if (objection) return refuse(...objection);
  // Its tools may be listed, and each needs a person, until `upstreams` says more of it.
  const tools = { '*': {} };
  const program = { command, args, env, sandbox, unsandboxed };
  const { data, error } = upstream.safeParse(
    url === undefined ? { stdio: program, tools } : { http: { url, headers }, tools },
    { error: configWording },
  );
  // The file has no `stdio` or `http` around it.
  for (const { path, message } of error?.issues ?? []) refuse(path.slice(1), message);
  return data;
});
