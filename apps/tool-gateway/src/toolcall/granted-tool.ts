import type { OfferedTool } from '../catalogue/tool-catalogue.ts';
import type { Grant } from '../policy/policy.schema.ts';
import { interrupted, type Tool, type ToolCall, type ToolResult } from '../ports/tool.port.ts';
import { unlessDeaf } from './deaf-tool.ts';

/** For a tool to heed its signal; what has not ended by then is no longer waited for. */
const GRACE_MS = 1_000;

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
  const message = `It did not stop after the ${timeoutMs} ms that the policy gives it, and may still be running.`;
  const late = () => interrupted('timeout', message);
  const waitMaxMs = timeoutMs + GRACE_MS;
  const answer = run(AbortSignal.any([signal, timeout]));
  const result = await unlessDeaf(answer, { waitMaxMs, late });
  const stopped = result.status !== 'succeeded' && result.code === 'cancelled' && !signal.aborted;
  if (!stopped || !timeout.aborted) return result;
  const said = `${result.message} The policy gives it ${timeoutMs} ms.`;
  return { status: result.status, code: 'timeout', message: said };
}
