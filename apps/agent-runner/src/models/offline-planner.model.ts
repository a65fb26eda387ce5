import type { JsonObject } from '@signalbox/kernel';
import {
  ModelPort,
  OFFLINE_PROVIDER,
  type ModelAnswer,
  type ModelMessage,
  type ModelRequest,
} from '@signalbox/models';

export const OFFLINE_PLANNER = 'runbook-planner-1';

const SEARCH = 'runbooks__search_files';
const READ = 'runbooks__read_text_file';
const REMEDIATE = 'execute_remediation';

/** What a runbook says to do, in a line of its own: Remediation: `restart_service checkout` */
const REMEDIATION = /Remediation: `([a-z0-9_]+) ([a-zA-Z0-9_.-]+)`/;
/** Of bounded length, so that a long result without one is not searched in square time. */
const RUNBOOK_PATH = /[^\s"\\]{1,200}\.md\b/;
const SERVICE = /"service":"([a-zA-Z0-9_.-]+)"/;

/**
 * No language model: looks for the runbook of the signal's service, reads it, and does the one
 * thing that it names. Always the same for the same conversation. For demonstrations and tests.
 */
export class OfflinePlannerModel extends ModelPort {
  complete(request: ModelRequest, signal: AbortSignal): Promise<ModelAnswer> {
    signal.throwIfAborted();
    return Promise.resolve({
      ...plan(request),
      promptTokens: 0,
      completionTokens: 0,
      provider: OFFLINE_PROVIDER,
      model: OFFLINE_PLANNER,
      offline: true,
    });
  }
}

type Plan = Pick<ModelAnswer, 'text' | 'toolUses'>;

function plan({ messages, tools }: ModelRequest): Plan {
  const has = (name: string) => tools.some((tool) => tool.name === name);
  const service = SERVICE.exec(messages[0]?.text ?? '')?.[1];
  if (service === undefined) return say('The signal names no service, so there is no runbook.');

  const search = resultOf(messages, SEARCH);
  if (search === undefined) {
    if (!has(SEARCH)) return say('I have no tool to search runbooks with, so I did nothing.');
    return use(`I look for the runbook of ${service}.`, SEARCH, {
      path: '.',
      pattern: `**/${service}.md`,
    });
  }
  const path = RUNBOOK_PATH.exec(search)?.[0];
  if (path === undefined) return say(`I found no runbook for ${service}: ${unfenced(search)}`);

  const runbook = resultOf(messages, READ);
  if (runbook === undefined) {
    if (!has(READ)) return say(`There is a runbook, ${path}, but I have no tool to read it with.`);
    return use(`I read ${path}.`, READ, { path });
  }
  const [, command, target] = REMEDIATION.exec(runbook) ?? [];
  if (command === undefined || target === undefined) {
    return say(`The runbook of ${service} names no remediation. It says: ${unfenced(runbook)}`);
  }
  const done = resultOf(messages, REMEDIATE);
  if (done !== undefined) {
    return say(`For ${service} the runbook says ${command} ${target}. Result: ${unfenced(done)}`);
  }
  if (!has(REMEDIATE))
    return say(`The runbook says ${command} ${target}; I have no tool for that.`);
  return use(`The runbook of ${service} says ${command} ${target}.`, REMEDIATE, {
    command,
    target,
  });
}

function say(text: string): Plan {
  return { text, toolUses: [] };
}

function use(text: string, name: string, given: JsonObject): Plan {
  return { text, toolUses: [{ name, arguments: given }] };
}

/** The text of what the last use of a tool gave. */
function resultOf(messages: readonly ModelMessage[], name: string): string | undefined {
  const ids = messages.flatMap((message) =>
    message.role === 'assistant'
      ? message.toolUses.filter((u) => u.name === name).map((u) => u.id)
      : [],
  );
  const results = messages.filter(
    (message) => message.role === 'tool' && ids.includes(message.toolUseId),
  );
  return results.at(-1)?.text;
}

/** Without the first and the last line, which are the fence's. */
function unfenced(text: string): string {
  return text.split('\n').slice(1, -1).join('\n');
}
