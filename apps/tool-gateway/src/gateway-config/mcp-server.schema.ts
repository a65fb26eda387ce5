import { z } from 'zod';
import { headersConfig } from '../secrets/secrets.ts';
import { confinementFields } from './sandbox.schema.ts';
import { upstream, variables } from './upstream.schema.ts';

/**
 * A server as other MCP clients have it in their settings; what they say besides does not matter
 * here. https://modelcontextprotocol.io/docs/develop/connect-local-servers
 */
const mcpServer = z.object({
  command: z.string().optional(),
  args: z.array(z.string()).optional(),
  env: variables.optional(),
  /** Refused unless the server is switched off. */
  cwd: z.unknown().optional(),
  disabled: z.boolean().optional(),
  enabled: z.boolean().optional(),
  /** These two are ours, for servers that need more than a sandbox gives by itself. */
  sandbox: confinementFields.sandbox.optional(),
  unsandboxed: confinementFields.unsandboxed.optional(),
  type: z.enum(['stdio', 'http', 'streamable-http', 'streamableHttp']).optional(),
  url: z.string().optional(),
  headers: headersConfig.optional(),
});

/** Becomes an upstream, or nothing if it is switched off. */
export const mcpServerUpstream = mcpServer.transform((server, context) => {
  const { url, headers, command, args, env, sandbox, unsandboxed } = server;
  if (server.disabled === true || server.enabled === false) return undefined;
  const refuse = (path: PropertyKey[], message: string) => {
    context.addIssue({ code: 'custom', path, message });
    return z.NEVER;
  };
  if (server.cwd !== undefined) {
    return refuse(['cwd'], "is not taken: servers run in the configuration's folder");
  }
  if (url === undefined && command === undefined) {
    return refuse(['command'], 'give either command or url');
  }
  // Its tools may be listed, and each needs a person, until `upstreams` says more of it.
  const tools = { '*': {} };
  const program = { command, args, env, sandbox, unsandboxed };
  const { data, error } = upstream.safeParse(
    url === undefined ? { stdio: program, tools } : { http: { url, headers }, tools },
  );
  // The file has no `stdio` or `http` around it.
  for (const { path, message } of error?.issues ?? []) refuse(path.slice(1), message);
  return data;
});
