import type { GatewayConfig } from '../gateway-config/gateway-config.schema.ts';
import { invalidConfig } from '../gateway-config/invalid-config.ts';
import { longestCallMs } from '../policy/policy.ts';
import type { ToolSource } from '../ports/tool.port.ts';
import { BuiltInTools } from './built-in-tools.ts';
import { CallApiTool } from './call-api.tool.ts';
import { LogsTool } from './logs.tool.ts';
import { McpUpstream } from './mcp-upstream.ts';
import { MetricsTool } from './metrics.tool.ts';
import { NotificationTool } from './notification.tool.ts';
import { RemediationTool } from './remediation.tool.ts';
import { ReportTool } from './report.tool.ts';
import { RunbookTool } from './runbook.tool.ts';
import { ToolModule } from './tool-module.ts';
import type { Toolbox } from './toolbox.ts';

/** Where this gateway's tools come from, as it is configured. */
export function toolSources(config: GatewayConfig, toolbox: Toolbox): readonly ToolSource[] {
  const ours = new BuiltInTools([
    new RunbookTool(config.runbooks, toolbox),
    new MetricsTool(config.prometheus, toolbox),
    new LogsTool(config.logs, toolbox),
    new CallApiTool(config.apis, toolbox),
    new NotificationTool(config.notifications, toolbox),
    new RemediationTool(config.remediation, toolbox, config.limits.outputBytesMax),
    new ReportTool(toolbox),
  ]);
  const longest = (tool: string) => longestCallMs(config.policy, tool);
  return [
    ours,
    ...Object.entries(config.tools).map(([name, module]) => {
      if (!ours.owns(name)) return new ToolModule({ name, config: module, toolbox });
      throw invalidConfig(`tools.${name}: there is a tool of that name already`);
    }),
    ...Object.entries(config.upstreams).map(
      ([name, upstream]) =>
        new McpUpstream({ name, config: upstream, toolbox, longestCallMs: longest }),
    ),
  ];
}
