import type { JsonObject } from '@signalbox/kernel';
import { Argument, type Command } from 'commander';
import {
  clientOf,
  show,
  showList,
  type ClientOptions,
  type CommandContext,
} from '../commands/context.ts';
import type { Terminal, Tone } from '../terminal/terminal.ts';
import { fitted, minute, oneLine } from '../terminal/text.ts';

interface ListOptions extends ClientOptions {
  readonly all?: boolean;
  readonly status?: string;
  readonly execution?: string;
}

interface ResolveOptions extends ClientOptions {
  readonly note?: string;
}

/** What the API answers, as far as the commands read it. */
interface ToolCall {
  readonly call_id: string;
  readonly execution_id: string;
  readonly tool: string;
  readonly caller: string;
  readonly arguments: JsonObject;
  readonly status: string;
  readonly code: string | null;
  readonly message: string | null;
  readonly claimed_at: string | null;
}

interface Resolved {
  readonly status: 'resolved' | 'pending';
  /** How the call stands now. */
  readonly outcome?: string;
  readonly message?: string | null;
}

const tones: Readonly<Record<string, Tone>> = {
  unknown: 'waiting',
  succeeded: 'good',
  failed: 'bad',
  refused: 'bad',
};

/** `signalbox tool-calls list` and `resolve`. */
export function addToolCalls(parent: Command, context: CommandContext): void {
  const calls = parent
    .command('tool-calls')
    .description('tool calls: those of which nobody knows the outcome, and all others');
  addList(calls, context);
  addResolve(calls, context);
}

function addList(calls: Command, context: CommandContext): void {
  calls
    .command('list')
    .description('list those that wait for a person to say whether they took effect')
    .option('--all', 'the others, too')
    .option('--status <status>', 'claimed, succeeded, failed, refused or unknown')
    .option('--execution <id>', 'those of one run, whatever became of them')
    .action(async (_options: ListOptions, command: Command) => {
      const options = command.optsWithGlobals<ListOptions>();
      const every = options.all === true || options.execution !== undefined;
      const status = options.status ?? (every ? undefined : 'unknown');
      const query = new URLSearchParams();
      if (status) query.set('status', status);
      if (options.execution) query.set('execution_id', options.execution);
      const path = `/api/tool-calls?${query.toString()}`;
      await showList<ToolCall>(context, options, { path, which: 'oldest' }, (found) =>
        printCalls(found, context.terminal),
      );
    });
}

function addResolve(calls: Command, context: CommandContext): void {
  calls
    .command('resolve')
    .description('say what became of a call of which nobody knows')
    .argument('<id>', 'of the call, as `signalbox tool-calls list` has it')
    .addArgument(
      new Argument(
        '<verdict>',
        'done: it took effect; not_done: it did not; retry: it did not, run it once more',
      ).choices(['done', 'not_done', 'retry']),
    )
    .option('--note <text>', 'how you know, for the record and for the run')
    .action(async (id: string, verdict: string, _options: ResolveOptions, command: Command) => {
      const options = command.optsWithGlobals<ResolveOptions>();
      const call = {
        method: 'POST',
        body: JSON.stringify({ verdict, note: options.note }),
      } as const;
      const path = `/api/tool-calls/${encodeURIComponent(id)}/resolve`;
      const answer = await clientOf(context, options).call<Resolved>(path, call);
      show(context, options, answer, () => printResolved(id, answer, context.terminal));
    });
}

function printResolved(id: string, answer: Resolved, { paint, line }: Terminal): void {
  const { status, outcome, message } = answer;
  if (status === 'pending') return line(`${paint('waiting', status)}: ${message}`);
  const said = message ? `: ${oneLine(message)}` : '';
  line(`${oneLine(id)} is ${paint(tones[outcome ?? ''] ?? 'plain', `${outcome}`)} now${said}`);
}

/** Two or three lines for each: which call, with what, and what is known of it. */
function printCalls(calls: readonly ToolCall[], terminal: Terminal): void {
  const { paint, columns } = terminal;
  if (calls.length === 0) return terminal.line('There are none.');
  for (const call of calls) {
    const { call_id: id, tool, status, code, message } = call;
    const when = call.claimed_at ? `, ${minute(call.claimed_at)} UTC` : '';
    terminal.line(`${paint('bold', id)}  ${paint(tones[status] ?? 'plain', status)}${when}`);
    const lines = [
      `${tool} ${JSON.stringify(call.arguments)}`,
      `for ${call.caller}, execution ${call.execution_id}`,
      [code, message].filter(Boolean).join(': '),
    ];
    for (const text of lines.filter((line) => line !== '')) {
      terminal.line(`  ${fitted(oneLine(text), 2, columns)}`);
    }
  }
  if (!calls.some(({ status }) => status === 'unknown')) return;
  const hint = 'look whether it took effect, then: signalbox tool-calls resolve <id> <verdict>';
  terminal.line(paint('dim', hint));
}
