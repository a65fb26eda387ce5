import type { JsonObject } from '@signalbox/kernel';
import {
  ModelPort,
  OFFLINE_PROVIDER,
  type ModelAnswer,
  type ModelMessage,
  type ModelRequest,
  type ModelTool,
  type OnText,
} from '@signalbox/models';

export const OFFLINE_PLANNER = 'runbook-planner-1';

const SEARCH = 'runbooks__search_files';
const READ = 'runbooks__read_text_file';
const REMEDIATE = 'execute_remediation';
const ESCALATE = 'agent__escalate';
const NOTIFY = 'send_notification';

/** What a runbook says to do, in a line of its own: Remediation: `restart_service checkout` */
const REMEDIATION = /Remediation: `([a-z0-9_]+) ([a-zA-Z0-9_.-]+)`/;
/** Of bounded length, so that a long result without one is not searched in square time. */
const RUNBOOK_PATH = /[^\s"\\]{1,200}\.md\b/;
const SERVICE = /"service":"([a-zA-Z0-9_.-]+)"/;
/** Of what is quoted: a notification takes no more than three times this. */
const TEXT_CHARS_MAX = 1_000;

/**
 * No language model: looks for the runbook of the signal's service, reads it, and does the one
 * thing that it names; where it names none, it hands over to people. Always the same for the same conversation. For demonstrations and tests.
 */
export class OfflinePlannerModel extends ModelPort {
  complete(request: ModelRequest, signal: AbortSignal, onText?: OnText): Promise<ModelAnswer> {
    signal.throwIfAborted();
    const by = { provider: OFFLINE_PROVIDER, model: OFFLINE_PLANNER };
    const answer = plan(request);
    onText?.(answer.text, by);
    return Promise.resolve({
      ...answer,
      promptTokens: 0,
      completionTokens: 0,
      ...by,
      offline: true,
    });
  }
}

type Plan = Pick<ModelAnswer, 'text' | 'toolUses'>;

/** What the planner reads out of a conversation. */
interface Situation {
  readonly service: string;
  readonly messages: readonly ModelMessage[];
  readonly tool: (name: string) => ModelTool | undefined;
}

function plan({ messages, tools }: ModelRequest): Plan {
  const service = SERVICE.exec(messages[0]?.text ?? '')?.[1];
  if (service === undefined) return say('The signal names no service, so there is no runbook.');
  const tool = (name: string) => tools.find((offered) => offered.name === name);
  const now = { service, messages, tool };

  const search = resultOf(messages, SEARCH);
  if (search === undefined) {
    if (!tool(SEARCH)) return say('I have no tool to search runbooks with, so I did nothing.');
    return use(`I look for the runbook of ${service}.`, SEARCH, {
      path: '.',
      pattern: `**/${service}.md`,
    });
  }
  const path = RUNBOOK_PATH.exec(search)?.[0];
  if (path === undefined) return tell(now, `I found no runbook for ${service}: ${cut(search)}`);

  const runbook = resultOf(messages, READ);
  if (runbook !== undefined) return follow(now, runbook);
  if (!tool(READ)) return say(`There is a runbook, ${path}, but I have no tool to read it with.`);
  return use(`I read ${path}.`, READ, { path });
}

function follow(now: Situation, runbook: string): Plan {
  const { service, messages, tool } = now;
  const [, command, target] = REMEDIATION.exec(runbook) ?? [];
  if (command === undefined || target === undefined) {
    return handOver(
      now,
      `The runbook of ${service} names no remediation. It says: ${cut(runbook)}`,
    );
  }
  const done = resultOf(messages, REMEDIATE);
  if (done !== undefined) {
    return say(`For ${service} the runbook says ${command} ${target}. Result: ${cut(done)}`);
  }
  const says = `The runbook of ${service} says ${command} ${target}`;
  if (!tool(REMEDIATE)) return tell(now, `${says}; I have no tool for that.`);
  return use(`${says}.`, REMEDIATE, { command, target });
}

/** To the agent that tells people, where there is one. */
function handOver(now: Situation, found: string): Plan {
  const told = resultOf(now.messages, ESCALATE);
  if (told !== undefined) return say(`${found}\nI handed it over. Result: ${cut(told)}`);
  if (!now.tool(ESCALATE)) return tell(now, found);
  const objective = cut(`Tell the owner of ${now.service}. ${found}`);
  return use(`I hand ${now.service} over to people.`, ESCALATE, { objective });
}

/** Says it to people too, where there is a way. */
function tell({ service, messages, tool }: Situation, found: string): Plan {
  const told = resultOf(messages, NOTIFY);
  if (told !== undefined) return say(`${found}\nI told people. Result: ${cut(told)}`);
  const notify = tool(NOTIFY);
  if (!notify) return say(found);
  return use(`I tell people about ${service}.`, NOTIFY, {
    channel: firstChannel(notify),
    title: `${service} needs a person`,
    text: cut(found),
    severity: 'warning',
  });
}

/** Where no channel is configured, any name leads to the answer that says so. */
function firstChannel({ inputSchema }: ModelTool): string {
  const { properties } = inputSchema as { properties?: { channel?: { enum?: string[] } } };
  return properties?.channel?.enum?.[0] ?? 'default';
}

function cut(text: string): string {
  return text.slice(0, TEXT_CHARS_MAX).toWellFormed();
}

function say(text: string): Plan {
  return { text, toolUses: [] };
}

function use(text: string, name: string, given: JsonObject): Plan {
  return { text, toolUses: [{ name, arguments: given }] };
}

/** The text of what the last use of a tool gave, out of its fence. */
function resultOf(messages: readonly ModelMessage[], name: string): string | undefined {
  const ids = messages.flatMap((message) =>
    message.role === 'assistant'
      ? message.toolUses.filter((u) => u.name === name).map((u) => u.id)
      : [],
  );
  const results = messages.filter(
    (message) => message.role === 'tool' && ids.includes(message.toolUseId),
  );
  const lines = results.at(-1)?.text.split('\n');
  const end = lines?.findIndex((line) => line.startsWith('UNTRUSTED '));
  return lines?.slice(1, end).join('\n');
}
