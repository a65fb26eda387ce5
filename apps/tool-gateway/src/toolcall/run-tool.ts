import type { BlobRef, ToolInvocation } from '@signalbox/contracts';
import { asAppError, isDeeperThan, type Json } from '@signalbox/kernel';
import { BLOB_BYTES_MAX, type BlobStore } from '@signalbox/messaging';
import type { LimitsConfig } from '../gateway-config/gateway-config.schema.ts';
import { interrupted, stoppedBy, type Tool, type ToolResult } from '../ports/tool.port.ts';
import type { Redactor } from '../secrets/redactor.ts';
import { MissingCredential } from '../secrets/secret-reference.ts';
import { type Patience, unlessDeaf } from './deaf-tool.ts';
import { lateRefusal } from './late-refusal.ts';
import { isNobodys } from './run-check.ts';
import { sequelOf } from './tool-failures.ts';
import type { ToolcallCommand } from './toolcall.decider.ts';

const MESSAGE_CHARACTERS_MAX = 4_000;
const CODE_CHARACTERS_MAX = 100;
/** Of a result that is kept apart: enough to see what it is. */
const BEGINNING_CHARACTERS_MAX = 8_000;
/** What is said behind a beginning. */
const NOTICE_BYTES_MAX = 500;
/** A tool may be given ten minutes; one that takes longer has no limit of its own. */
const RUN_MAX_MS = 630_000;
/**
 * For a tool to end what it does when it has to stop: a program is killed after 2 s. A gateway that
 * stops has no more than this left to record it.
 */
const STOP_MAX_MS = 3_500;
/** What walks a result later does so by recursion. */
const OUTPUT_DEPTH_MAX = 100;
/** Whatever becomes of the answer: a model that takes the call for failed would do it again. */
const DONE = 'The tool ran and succeeded, so what it does is done.';
const TOO_DEEP =
  `output_too_deep: ${DONE} Its answer nests deeper than ${OUTPUT_DEPTH_MAX} levels and is not ` +
  'kept.';

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
  const run = isNobodys({ callId, executionId }) ? {} : { executionId };
  const running = resultOf(() => tool.run(argumentsGiven, { callId, ...run, signal }));
  const result = await unlessDeaf(running, patienceUntil(signal));
  const durationMs = Math.round(performance.now() - startedAt);
  const outputBytesMax = Math.min(options.limits.outputBytesMax, tool.outputBytesMax ?? Infinity);
  if (result.status === 'succeeded') {
    if (isDeeperThan(OUTPUT_DEPTH_MAX, result.result)) {
      return { do: 'succeed', result: TOO_DEEP, durationMs };
    }
    const answer = options.redactor.redactJson(result.result);
    return { do: 'succeed', durationMs, ...(await kept(answer, outputBytesMax, options.blobs)) };
  }
  // A tool of somebody else's has codes of its own.
  const code = options.redactor.redact(result.code).slice(0, CODE_CHARACTERS_MAX);
  const message = cut(options.redactor.redact(result.message), outputBytesMax);
  // Nobody can tell what a tool did that was stopped or lost, unless doing it again is harmless.
  if (result.status === 'interrupted' && !tool.repeatable) {
    return { do: 'park', message: `${code}: ${message}` };
  }
  const told = `${message.replace(/[^.!?…]$/, '$&.')} ${sequelOf(result, tool.repeatable)}`;
  return { do: 'fail', code, message: told, durationMs };
}

/** A result as it is recorded: over the limit its beginning, and the whole apart. */
async function kept(
  result: Json,
  outputBytesMax: number,
  blobs: BlobStore,
): Promise<{ readonly result: Json; readonly whole?: BlobRef }> {
  const json = Buffer.from(JSON.stringify(result));
  if (json.length <= outputBytesMax) return { result };
  const text = typeof result === 'string' ? result : json.toString();
  const beginning = beginningOf(text, BEGINNING_CHARACTERS_MAX, outputBytesMax);
  const noticed = (code: string, rest: string) =>
    `${beginning}…\n${code}: ${DONE} This is the beginning of ${json.length} bytes; ${rest}.`;
  if (json.length > BLOB_BYTES_MAX) {
    const rest = `more than ${BLOB_BYTES_MAX} are not kept`;
    return { result: noticed('output_not_kept', rest) };
  }
  try {
    const whole = await blobs.put(json, 'application/json');
    return { result: noticed('output_too_large', `the whole is kept as ${whole.digest}`), whole };
  } catch (error) {
    const rest = `the whole could not be kept: ${asAppError(error).code}`;
    return { result: noticed('output_not_kept', rest) };
  }
}

/** What is told of a failure's message. It holds no secret any more, so that no half of one is left. */
function cut(message: string, outputBytesMax: number): string {
  const beginning = beginningOf(message, MESSAGE_CHARACTERS_MAX, outputBytesMax);
  if (beginning.length === message.length) return beginning;
  return `${beginning}… (the beginning of ${message.length} characters)`;
}

/** As much of a text as fits into `outputBytesMax` as JSON, with room for what is said behind it. */
function beginningOf(text: string, charactersMax: number, outputBytesMax: number): string {
  let room = outputBytesMax - NOTICE_BYTES_MAX;
  let length = 0;
  for (const character of text.slice(0, charactersMax).toWellFormed()) {
    room -= Buffer.byteLength(JSON.stringify(character)) - '""'.length;
    if (room < 0) break;
    length += character.length;
  }
  return text.slice(0, length).toWellFormed();
}

function patienceUntil(signal: AbortSignal): Patience {
  return {
    waitMaxMs: RUN_MAX_MS,
    late: () => givenUp('timeout', `has not ended after ${RUN_MAX_MS / 1_000} s`),
    stop: {
      signal,
      waitMaxMs: STOP_MAX_MS,
      late: () => givenUp('cancelled', `was to be stopped, ${stoppedBy(signal)}, but did not stop`),
    },
  };
}

const givenUp = (code: string, it: string) =>
  interrupted(code, `It ${it}, and may still be running.`);

async function resultOf(run: () => Promise<ToolResult>): Promise<ToolResult> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof MissingCredential) return error.toResult();
    return interrupted('tool_crashed', String(error));
  }
}
