import type { GatewayConfig } from '../gateway-config/gateway-config.schema.ts';
import type { Tool, ToolSource } from '../ports/tool.port.ts';
import { BuiltInTools } from './built-in-tools.ts';
import { McpUpstream } from './mcp-upstream.ts';
import { RemediationTool } from './remediation.tool.ts';

/** Where this gateway's tools come from, as it is configured. */
export function toolSources({
  folder,
  limits,
  remediation,
  upstreams,
}: GatewayConfig): readonly ToolSource[] {
  const builtIn: Tool[] = [];
  if (remediation) {
    const { outputBytesMax } = limits;
    builtIn.push(new RemediationTool({ config: remediation, folder, outputBytesMax }));
  }
  return [
    new BuiltInTools(builtIn),
    ...Object.entries(upstreams).map(([name, config]) => new McpUpstream({ name, config, folder })),
  ];
}
