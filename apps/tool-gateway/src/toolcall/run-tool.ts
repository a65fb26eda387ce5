import type { ToolInvocation } from '@signalbox/contracts';
import { isDeeperThan, type Json } from '@signalbox/kernel';
import type { LimitsConfig } from '../gateway-config/gateway-config.schema.ts';
import type { Tool, ToolResult } from '../ports/tool.port.ts';
import type { Redactor } from '../secrets/redactor.ts';
import { MissingCredential } from '../secrets/secrets.ts';
import type { ToolcallCommand } from './toolcall.decider.ts';

const MESSAGE_CHARACTERS_MAX = 4_000;
/** What walks a result later does so by recursion. */
const OUTPUT_DEPTH_MAX = 100;
const TOO_DEEP = {
  code: 'output_too_deep',
  message: `The tool ran, but its answer nests deeper than ${OUTPUT_DEPTH_MAX} levels.`,
};

export interface RunToolOptions {
  readonly limits: LimitsConfig;
  readonly redactor: Redactor;
}

/** Runs the tool and puts what became of it, without secrets, in the terms of the tool call. */
export async function runTool(
  tool: Tool,
  { callId, arguments: argumentsGiven }: ToolInvocation,
  signal: AbortSignal,
  { limits, redactor }: RunToolOptions,
): Promise<ToolcallCommand> {
  const startedAt = performance.now();
  const result = await resultOf(() => tool.run(argumentsGiven, { callId, signal }));
  const durationMs = Math.round(performance.now() - startedAt);
  if (result.status === 'succeeded') {
    const tooDeep = isDeeperThan(OUTPUT_DEPTH_MAX, result.result);
    if (tooDeep) return { do: 'fail', ...TOO_DEEP, durationMs };
    const redacted = redactor.redactJson(result.result);
    const excess = excessIn(redacted, limits);
    if (excess === undefined) return { do: 'succeed', result: redacted, durationMs };
    return { do: 'fail', ...excess, durationMs };
  }
  const { code } = result;
  const message = redactor.redact(result.message).slice(0, MESSAGE_CHARACTERS_MAX);
  // Nobody can tell what a tool did that was stopped or lost, unless doing it again is harmless.
  if (result.status === 'interrupted' && !tool.repeatable) {
    return { do: 'park', message: `${code}: ${message}` };
  }
  return { do: 'fail', code, message, durationMs };
}

/** Why a result cannot be kept. The tool did run, and who asked has to know that. */
function excessIn(result: Json, { outputBytesMax }: LimitsConfig) {
  const bytes = Buffer.byteLength(JSON.stringify(result));
  if (bytes <= outputBytesMax) return undefined;
  const message = `The tool ran, but answered with ${bytes} bytes, at most ${outputBytesMax} may be.`;
  return { code: 'output_too_large', message };
}

async function resultOf(run: () => Promise<ToolResult>): Promise<ToolResult> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof MissingCredential) return error.toResult();
    return { status: 'interrupted', code: 'tool_crashed', message: String(error) };
  }
}
