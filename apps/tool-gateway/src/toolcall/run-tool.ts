import type { ToolInvocation } from '@signalbox/contracts';
import { asAppError, isDeeperThan, type Json } from '@signalbox/kernel';
import { BLOB_BYTES_MAX, type BlobStore } from '@signalbox/messaging';
import type { LimitsConfig } from '../gateway-config/gateway-config.schema.ts';
import type { Tool, ToolResult } from '../ports/tool.port.ts';
import type { Redactor } from '../secrets/redactor.ts';
import { MissingCredential } from '../secrets/secret-reference.ts';
import { lateRefusal } from './late-refusal.ts';
import type { ToolcallCommand } from './toolcall.decider.ts';

const MESSAGE_CHARACTERS_MAX = 4_000;
/** Of a result that is kept apart: enough to see what it is. */
const BEGINNING_CHARACTERS_MAX = 8_000;
/** Six is the most that JSON takes for one; the rest is room for the sentence behind it. */
const BYTES_PER_CHARACTER = 8;
/** What walks a result later does so by recursion. */
const OUTPUT_DEPTH_MAX = 100;
const TOO_DEEP = {
  code: 'output_too_deep',
  message: `The tool ran, but its answer nests deeper than ${OUTPUT_DEPTH_MAX} levels.`,
};

export interface RunToolOptions {
  readonly limits: LimitsConfig;
  readonly redactor: Redactor;
  /** Where results are kept that are too large for an event. */
  readonly blobs: BlobStore;
}

export interface ClaimedCall {
  readonly tool: Tool;
  readonly invocation: ToolInvocation;
  /** When it was checked, in ms as `performance.now` counts. */
  readonly checkedAt: number;
}

/** How a call ends that has just been claimed: run, unless the checks no longer count. */
export async function runClaimed(
  { tool, invocation, checkedAt }: ClaimedCall,
  signal: AbortSignal,
  options: RunToolOptions,
): Promise<ToolcallCommand> {
  const refusal = lateRefusal(signal, performance.now() - checkedAt);
  if (refusal) return { do: 'refuse', invocation, ...refusal };
  return runTool(tool, invocation, signal, options);
}

/** Runs the tool and puts what became of it, without secrets, in the terms of the tool call. */
export async function runTool(
  tool: Tool,
  { callId, executionId, arguments: argumentsGiven }: ToolInvocation,
  signal: AbortSignal,
  options: RunToolOptions,
): Promise<ToolcallCommand> {
  const startedAt = performance.now();
  const result = await resultOf(() => tool.run(argumentsGiven, { callId, executionId, signal }));
  const durationMs = Math.round(performance.now() - startedAt);
  if (result.status === 'succeeded') {
    const tooDeep = isDeeperThan(OUTPUT_DEPTH_MAX, result.result);
    if (tooDeep) return { do: 'fail', ...TOO_DEEP, durationMs };
    return kept(options.redactor.redactJson(result.result), durationMs, options);
  }
  const { code } = result;
  const message = options.redactor.redact(result.message).slice(0, MESSAGE_CHARACTERS_MAX);
  // Nobody can tell what a tool did that was stopped or lost, unless doing it again is harmless.
  if (result.status === 'interrupted' && !tool.repeatable) {
    return { do: 'park', message: `${code}: ${message}` };
  }
  return { do: 'fail', code, message, durationMs };
}

/** A result as it is recorded. The tool did run, and who asked has to know that whatever happens. */
async function kept(
  result: Json,
  durationMs: number,
  { limits: { outputBytesMax }, blobs }: RunToolOptions,
): Promise<ToolcallCommand> {
  const json = Buffer.from(JSON.stringify(result));
  if (json.length <= outputBytesMax) return { do: 'succeed', result, durationMs };
  const ran = `The tool ran, but answered with ${json.length} bytes`;
  if (json.length > BLOB_BYTES_MAX) {
    const message = `${ran}, at most ${BLOB_BYTES_MAX} may be.`;
    return { do: 'fail', code: 'output_too_large', message, durationMs };
  }
  try {
    const whole = await blobs.put(json, 'application/json');
    const text = typeof result === 'string' ? result : json.toString();
    const characters = Math.min(BEGINNING_CHARACTERS_MAX, outputBytesMax / BYTES_PER_CHARACTER);
    const beginning = text.slice(0, characters).toWellFormed();
    const rest = `This is the beginning of ${whole.bytes} bytes; the whole is kept as ${whole.digest}.`;
    return { do: 'succeed', result: `${beginning}…\n${rest}`, whole, durationMs };
  } catch (error) {
    const message = `${ran}, which could not be kept: ${asAppError(error).message}`;
    return { do: 'fail', code: 'output_not_kept', message, durationMs };
  }
}

async function resultOf(run: () => Promise<ToolResult>): Promise<ToolResult> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof MissingCredential) return error.toResult();
    return { status: 'interrupted', code: 'tool_crashed', message: String(error) };
  }
}
