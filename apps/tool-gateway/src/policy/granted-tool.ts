import type { OfferedTool } from '../catalogue/tool-catalogue.ts';
import type { Tool, ToolCall, ToolResult } from '../ports/tool.port.ts';
import type { Grant } from './policy.schema.ts';

type Limits = Pick<Grant, 'outputBytesMax' | 'timeoutMs'>;

/** The tool within the limits of the entry that allows its use. */
export function grantedTool(offered: OfferedTool, limits: Limits): OfferedTool {
  const { tool } = offered;
  const { outputBytesMax, timeoutMs } = limits;
  if (outputBytesMax === undefined && timeoutMs === undefined) return offered;
  const { definition, approvalRequired, repeatable } = tool;
  const run: Tool['run'] = (argumentsGiven, call) =>
    inTime(limits, call, (signal) => tool.run(argumentsGiven, { ...call, signal }));
  const output = outputBytesMax === undefined ? {} : { outputBytesMax };
  return { ...offered, tool: { definition, approvalRequired, repeatable, ...output, run } };
}

async function inTime(
  { timeoutMs }: Limits,
  { signal }: ToolCall,
  run: (signal: AbortSignal) => Promise<ToolResult>,
): Promise<ToolResult> {
  if (timeoutMs === undefined) return run(signal);
  const timeout = AbortSignal.timeout(timeoutMs);
  const result = await run(AbortSignal.any([signal, timeout]));
  const stopped = result.status !== 'succeeded' && result.code === 'cancelled' && !signal.aborted;
  if (!stopped || !timeout.aborted) return result;
  const message = `It was stopped after the ${timeoutMs} ms that the policy gives it.`;
  return { status: result.status, code: 'timeout', message };
}
