import { AppError } from '@signalbox/kernel';
import type { GatewayConfig } from '../gateway-config/gateway-config.schema.ts';
import { longestCallMs } from '../policy/policy.ts';
import type { Tool, ToolSource } from '../ports/tool.port.ts';
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
  const {
    apis,
    folder,
    limits,
    logs,
    notifications,
    policy,
    prometheus,
    remediation,
    runbooks,
    tools: modules,
    upstreams,
  } = config;
  const { outputBytesMax } = limits;
  const builtIn: Tool[] = [
    new RunbookTool({ config: runbooks, folder }),
    new MetricsTool(prometheus, toolbox),
    new LogsTool({ ...toolbox, config: logs, folder }),
    new CallApiTool({ ...toolbox, config: apis }),
    new NotificationTool(notifications, toolbox),
    new RemediationTool({ ...toolbox, config: remediation, folder, outputBytesMax }),
    new ReportTool(toolbox),
  ];
  const ours = new BuiltInTools(builtIn);
  return [
    ours,
    ...Object.entries(modules).map(([name, module]) => {
      if (!ours.owns(name)) return new ToolModule({ name, config: module, folder, toolbox });
      const message = `tools.${name}: there is a tool of that name already`;
      throw new AppError({ code: 'invalid_gateway_config', kind: 'invalid', message });
    }),
    ...Object.entries(upstreams).map(
      ([name, upstream]) =>
        new McpUpstream({
          name,
          config: upstream,
          folder,
          toolbox,
          longestCallMs: (tool) => longestCallMs(policy, tool),
        }),
    ),
  ];
}
