import type { OfferedTool } from '../catalogue/tool-catalogue.ts';
import type { Tool, ToolCall, ToolResult } from '../ports/tool.port.ts';
import type { Grant } from './policy.schema.ts';

type Limits = Pick<Grant, 'outputBytesMax' | 'timeoutMs'>;

/** The tool within the limits of the entry that allows its use. */
export function grantedTool(offered: OfferedTool, limits: Limits): OfferedTool {
  const { tool } = offered;
  if (limits.outputBytesMax === undefined && limits.timeoutMs === undefined) return offered;
  const { definition, approvalRequired, repeatable } = tool;
  const run: Tool['run'] = async (argumentsGiven, call) =>
    within(
      limits,
      await inTime(limits, call, (signal) => tool.run(argumentsGiven, { ...call, signal })),
    );
  return { ...offered, tool: { definition, approvalRequired, repeatable, run } };
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

function within({ outputBytesMax }: Limits, result: ToolResult): ToolResult {
  if (outputBytesMax === undefined || result.status !== 'succeeded') return result;
  const bytes = Buffer.byteLength(JSON.stringify(result.result));
  if (bytes <= outputBytesMax) return result;
  const message = `The tool ran, but answered with ${bytes} bytes; the policy allows ${outputBytesMax}.`;
  return { status: 'failed', code: 'output_too_large', message };
}
