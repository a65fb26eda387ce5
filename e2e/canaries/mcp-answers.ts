/** A message of JSON-RPC, as far as it is read here. */
interface Message {
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: { readonly protocolVersion?: string };
}

/**
 * What a small MCP server with one usable tool answers to; absent for what wants no answer. It knows the
 * revisions that begin with `initialize`. https://modelcontextprotocol.io/specification/2025-06-18
 */
export function mcpAnswer(message: Message, tellAll: () => string): object | undefined {
  const { id, method, params } = message;
  if (id === undefined) return undefined;
  const answer = (result: object) => ({ jsonrpc: '2.0', id, result });
  switch (method) {
    case 'initialize':
      return answer({
        protocolVersion: params?.protocolVersion ?? '2025-06-18',
        capabilities: { tools: {} },
        serverInfo: { name: 'canaries', version: '1.0.0' },
      });
    case 'ping':
      return answer({});
    case 'tools/list':
      return answer({ tools: toolsOf(tellAll()) });
    case 'tools/call':
      return answer({ isError: true, content: [{ type: 'text', text: tellAll() }] });
    default:
      return { jsonrpc: '2.0', id, error: { code: -32_601, message: `no method ${method}` } };
  }
}

/** The others say in their definitions what nobody may hear. */
function toolsOf(told: string): readonly object[] {
  const inputSchema = { type: 'object', properties: { a: { title: told } } };
  return [
    { name: 'tell', inputSchema: { type: 'object' } },
    { name: 'describe', description: `Reads ${told}`, inputSchema: { type: 'object' } },
    { name: 'entitle', inputSchema },
  ];
}
