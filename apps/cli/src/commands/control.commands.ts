import type { Command } from 'commander';
import type { Status } from '../client/api.ts';
import type { Tone } from '../terminal/terminal.ts';
import { oneLine } from '../terminal/text.ts';
import { clientOf, show, type ClientOptions, type CommandContext } from './context.ts';

interface SwitchOptions extends ClientOptions {
  readonly reason?: string;
}

interface Switched {
  readonly message: string;
}

const statusTones: Readonly<Record<Status['status'], Tone>> = {
  operational: 'good',
  killed: 'bad',
  unknown: 'bad',
};

/** `signalbox status`, `kill` and `resume`. */
export function addControl(parent: Command, context: CommandContext): void {
  parent
    .command('status')
    .description('show the kill switch, what waits, and what is there')
    .action(async (_options: ClientOptions, command: Command) => {
      const options = command.optsWithGlobals<ClientOptions>();
      const status = await clientOf(context, options).call<Status>('/api/status');
      show(context, options, status, () => printStatus(status, context));
    });
  addSwitch(parent, context, 'kill', 'halt everything, at once');
  addSwitch(parent, context, 'resume', 'let work begin again; what was halted stays so');
}

function addSwitch(
  parent: Command,
  context: CommandContext,
  name: 'kill' | 'resume',
  description: string,
): void {
  parent
    .command(name)
    .description(description)
    .option('--reason <text>', 'why, for the record')
    .action(async (_options: SwitchOptions, command: Command) => {
      const options = command.optsWithGlobals<SwitchOptions>();
      const body = JSON.stringify({ reason: options.reason });
      const call = { method: 'POST', body } as const;
      const answer = await clientOf(context, options).call<Switched>(`/api/${name}`, call);
      const tone = name === 'kill' ? 'bad' : 'good';
      show(context, options, answer, () =>
        context.terminal.line(context.terminal.paint(tone, answer.message)),
      );
    });
}

function printStatus(status: Status, { terminal }: CommandContext): void {
  const unavailable = `unknown: ${status.read_models.reason ?? 'the read models are unavailable'}`;
  const row = (name: string, value: string) => terminal.line(`${name.padEnd(18)} ${value}`);
  row('status', terminal.paint(statusTones[status.status], status.status));
  row('pending approvals', `${status.pending_approvals ?? unavailable}`);
  if (status.executions) row('running', runningText(status.executions));
  const parked = status.unknown_tool_calls ?? 0;
  if (parked > 0) {
    const hint = 'nobody can tell whether they took effect: signalbox tool-calls list';
    row('outcome unknown', terminal.paint('bad', `${counted(parked, 'tool call')}; ${hint}`));
  }
  const { dead_letters: dead, read_models: models } = status;
  if (models.status === 'behind') {
    const hint = 'what is shown is old: look at the log of the projector';
    row('read models', terminal.paint('bad', `${models.lag} events behind; ${hint}`));
  }
  if (dead) row('dead letters', terminal.paint('bad', `${dead}; see them: signalbox dlq list`));
  for (const { name, problem } of status.unusable_rules ?? []) {
    const way = `signalbox rules disable ${name}`;
    row('unusable rule', terminal.paint('bad', oneLine(`${problem}; nothing is decided: ${way}`)));
  }
  row('agents', idsOf(status.agents));
  row('workflows', idsOf(status.workflows));
}

/** `3 runs, and 2 waiting for a person` */
function runningText({
  pending,
  running,
  awaiting_approval: waiting,
}: NonNullable<Status['executions']>): string {
  const others = waiting > 0 ? `, and ${waiting} waiting for a person` : '';
  return `${counted(pending + running, 'run')}${others}`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function idsOf(all: readonly { readonly id: string }[]): string {
  return all.map(({ id }) => id).join(', ') || 'none';
}
