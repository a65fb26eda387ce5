import type { JsonObject } from '@signalbox/kernel';
import type { HttpOutcome, HttpRequest } from '../http/outgoing-http.ts';
import { interrupted, type ToolCall, type ToolResult } from '../ports/tool.port.ts';
import { MissingCredential } from '../secrets/secret-reference.ts';
import { inGateway, signalInTool, wordsOf } from './stray-errors.ts';
import { ask, type Toolbox } from './toolbox.ts';
import { toolModuleResult } from './tool-module.schema.ts';

const OBJECTION_CHARACTERS_MAX = 2_000;
/** For a file that says nothing else of a request. */
const ASKED = { timeoutMs: 15_000, bytesMax: 1_000_000 };

/** What a tool of yours is called with besides its arguments. */
export interface ToolModuleCall extends ToolCall {
  /** As it stands in the gateway's configuration. */
  readonly config: JsonObject;
  /** Sends a request to a destination under `http.allow`; `peer` is its name in messages. */
  ask(peer: string, request: Omit<HttpRequest, 'signal'>): Promise<HttpOutcome>;
  /** A credential by its reference: read when it is needed, redacted from whatever leaves. */
  secret(reference: string): Promise<string>;
}

export interface ToolModuleMeans {
  readonly config: JsonObject;
  readonly toolbox: Pick<Toolbox, 'http' | 'secrets'>;
}

/** What a file of yours did with a call, whatever it throws or answers. */
export async function moduleResult(
  run: (call: ToolModuleCall) => unknown,
  call: ToolCall,
  { config, toolbox }: ToolModuleMeans,
): Promise<ToolResult> {
  let asked = false;
  try {
    const answer = await run({
      ...call,
      signal: signalInTool(call.signal),
      config,
      ask: (peer, request) => {
        asked = true;
        const { signal } = call;
        return inGateway(() => ask(toolbox, peer, { ...ASKED, ...request, signal }));
      },
      secret: (reference) => inGateway(() => toolbox.secrets.resolve(reference)),
    });
    return resultOf(answer);
  } catch (error) {
    if (error instanceof MissingCredential && !asked) return error.toResult();
    return interrupted('tool_crashed', wordsOf(error));
  }
}

/** What a file of yours says of arguments; what is no answer to that is an objection too. */
export function moduleObjection(objectionTo: () => unknown): string | undefined {
  const said = textOf(objectionTo);
  if (said === undefined || said.length <= OBJECTION_CHARACTERS_MAX) return said;
  return `${said.slice(0, OBJECTION_CHARACTERS_MAX)}…`;
}

function textOf(objectionTo: () => unknown): string | undefined {
  try {
    const said = objectionTo();
    if (said === undefined || typeof said === 'string') return said;
    return 'The tool has no verdict on that: its objectionTo answers with what is no text.';
  } catch (error) {
    return `The tool has no verdict on that: its objectionTo failed: ${wordsOf(error)}`;
  }
}

/** It did run, whatever it answered. */
function resultOf(answer: unknown): ToolResult {
  const message = 'The tool ran, but answered with what is no result';
  try {
    const { data } = toolModuleResult.safeParse(answer);
    if (!data) return interrupted('unexpected_result', `${message}.`);
    if (data.status !== 'succeeded') return data;
    // Nothing that is not JSON goes on from here: no function, no ring, no number of another kind.
    return { ...data, result: JSON.parse(JSON.stringify(data.result)) };
  } catch (error) {
    return interrupted('unexpected_result', `${message}: ${wordsOf(error)}`);
  }
}
