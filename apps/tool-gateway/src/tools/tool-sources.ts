import type { GatewayConfig } from '../gateway-config/gateway-config.schema.ts';
import type { Tool, ToolSource } from '../ports/tool.port.ts';
import { BuiltInTools } from './built-in-tools.ts';
import { CallApiTool } from './call-api.tool.ts';
import { LogsTool } from './logs.tool.ts';
import { McpUpstream } from './mcp-upstream.ts';
import { MetricsTool } from './metrics.tool.ts';
import { NotificationTool } from './notification.tool.ts';
import { RemediationTool } from './remediation.tool.ts';
import type { Toolbox } from './toolbox.ts';

/** Where this gateway's tools come from, as it is configured. */
export function toolSources(config: GatewayConfig, toolbox: Toolbox): readonly ToolSource[] {
  const { apis, folder, limits, logs, notifications, prometheus, remediation, upstreams } = config;
  const { outputBytesMax } = limits;
  const builtIn: Tool[] = [
    new MetricsTool(prometheus, toolbox),
    new LogsTool({ ...toolbox, config: logs, folder }),
    new CallApiTool({ ...toolbox, config: apis, outputBytesMax }),
    new NotificationTool(notifications, toolbox),
  ];
  if (remediation) {
    builtIn.push(new RemediationTool({ config: remediation, folder, outputBytesMax }));
  }
  return [
    new BuiltInTools(builtIn),
    ...Object.entries(upstreams).map(
      ([name, upstream]) => new McpUpstream({ name, config: upstream, folder }),
    ),
  ];
}
