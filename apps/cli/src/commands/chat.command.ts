import { asAppError } from '@signalbox/kernel';
import type { Command } from 'commander';
import type { ChatAnswer } from '../client/api.ts';
import type { Tone } from '../terminal/terminal.ts';
import { oneLine, visibleLines } from '../terminal/text.ts';
import { clientOf, show, type ClientOptions, type CommandContext } from './context.ts';
import { usage } from './usage.ts';

/** The server waits for two minutes at most. */
const ANSWER_WAIT_MS = 130_000;

interface ChatOptions extends ClientOptions {
  readonly conversation?: string;
  readonly label: Readonly<Record<string, string>>;
}

const tones: Readonly<Record<ChatAnswer['status'], Tone>> = {
  completed: 'good',
  running: 'waiting',
  awaiting_approval: 'waiting',
  needs_info: 'waiting',
  rejected: 'bad',
  halted: 'bad',
  error: 'bad',
  failed: 'bad',
};

/** `signalbox chat`: one message, or a conversation line by line. */
export function addChat(parent: Command, context: CommandContext): void {
  parent
    .command('chat')
    .description('ask for something, and see what becomes of it')
    .argument('[message]', 'what you want; without one, each line you type until Ctrl-D')
    .option('--conversation <id>', 'go on with this conversation')
    .option(
      '--label <name=value>',
      'what a workflow needs, as service=checkout; more than once',
      label,
      {},
    )
    .action(async (message: string | undefined, _options: ChatOptions, command: Command) => {
      const options = command.optsWithGlobals<ChatOptions>();
      if (message === undefined) await converse(options, context);
      else print(await say(message, options, context), options, context);
    });
}

/** An answer that could not be had ends a single message, not a conversation. */
async function converse(options: ChatOptions, context: CommandContext): Promise<void> {
  const { terminal } = context;
  let { conversation } = options;
  for await (const line of context.lines('> ')) {
    if (line.trim() === '') continue;
    try {
      const said = conversation === undefined ? options : { ...options, conversation };
      const answer = await say(line, said, context);
      conversation = answer.conversation_id ?? conversation;
      print(answer, options, context);
    } catch (error) {
      const { message, kind } = asAppError(error);
      if (kind === 'unauthenticated' || kind === 'forbidden') throw error;
      terminal.error(`signalbox: ${oneLine(message)}`);
    }
  }
}

async function say(
  message: string,
  { conversation, label: labels, ...options }: ChatOptions,
  context: CommandContext,
): Promise<ChatAnswer> {
  const body = JSON.stringify({ message, conversation_id: conversation, labels });
  context.terminal.progress?.('…');
  try {
    const call = { method: 'POST', body, waitMs: ANSWER_WAIT_MS } as const;
    return await clientOf(context, options).call<ChatAnswer>('/api/chat', call);
  } finally {
    context.terminal.progress?.('');
  }
}

function print(answer: ChatAnswer, options: ChatOptions, context: CommandContext): void {
  const { terminal } = context;
  show(context, options, answer, () => {
    for (const line of visibleLines(answer.message)) terminal.line(line);
    const status = terminal.paint(tones[answer.status], answer.status.replace('_', ' '));
    terminal.line([status, ...factsOf(answer)].join(terminal.paint('dim', ' · ')));
    const next = nextStepAfter(answer);
    if (next) terminal.line(terminal.paint('dim', next));
  });
}

function factsOf(answer: ChatAnswer): readonly string[] {
  const { agent_type, workflow_id, execution_id, rule, conversation_id } = answer;
  return Object.entries({
    agent: agent_type,
    workflow: workflow_id,
    rule,
    execution: execution_id,
    conversation: conversation_id,
  }).flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${oneLine(value)}`]));
}

function nextStepAfter({ status, approval_id, execution_id, signal_id }: ChatAnswer) {
  if (approval_id) return `signalbox approve ${approval_id}, or signalbox reject ${approval_id}`;
  return status === 'running'
    ? `how it goes: signalbox why ${execution_id ?? signal_id}`
    : undefined;
}

function label(pair: string, labels: Readonly<Record<string, string>>) {
  const at = pair.indexOf('=');
  if (at > 0) return { ...labels, [pair.slice(0, at)]: pair.slice(at + 1) };
  throw usage(`--label ${pair} is not <name>=<value>`);
}
