import type { Command } from 'commander';
import {
  clientOf,
  show,
  showList,
  type ClientOptions,
  type CommandContext,
} from '../commands/context.ts';
import { positive } from '../commands/positive.ts';
import { oneLine } from '../terminal/text.ts';
import { executionPath, type ExecutionDetail, type ListedExecution } from './execution-api.ts';
import { printExecution } from './print-execution.ts';
import { printExecutions } from './print-executions.ts';
import { addWatch } from './watch.command.ts';

const LIST_DEFAULT = 20;

interface ListOptions extends ClientOptions {
  readonly status?: string;
  readonly agent?: string;
  readonly source?: string;
  readonly limit: number;
}

interface CancelOptions extends ClientOptions {
  readonly reason: string;
}

interface Cancelled {
  readonly status: 'cancelled' | 'pending';
  readonly message?: string;
}

/** `signalbox executions …` */
export function addExecutions(parent: Command, context: CommandContext): void {
  const executions = parent
    .command('executions')
    .description('runs of agents and workflows: look, watch, end');
  addList(executions, context);
  addShow(executions, context);
  addWatch(executions, context);
  addCancel(executions, context);
}

function addList(executions: Command, context: CommandContext): void {
  executions
    .command('list')
    .description('list runs, the one of which something happened last first')
    .option('--status <status>', 'pending, running, awaiting_approval, completed, failed, …')
    .option('--agent <id>', 'of this agent')
    .option('--source <name>', 'of signals of this source')
    .option('--limit <number>', 'how many at most', positive, LIST_DEFAULT)
    .action(async (_options: ListOptions, command: Command) => {
      const { status, agent, source, limit, ...options } = command.optsWithGlobals<ListOptions>();
      const given = Object.entries({ status, agent, source, limit: String(limit) });
      const query = given.filter((pair): pair is [string, string] => pair[1] !== undefined);
      const path = `/api/executions?${new URLSearchParams(query).toString()}`;
      await showList<ListedExecution>(context, options, { path, which: 'latest' }, (runs) =>
        printExecutions(runs, context.now(), context.terminal),
      );
    });
}

function addShow(executions: Command, context: CommandContext): void {
  executions
    .command('show')
    .description('show one: how it stands, what it waits for, its steps, what it used')
    .argument('<id>', 'of the execution')
    .action(async (id: string, _options: ClientOptions, command: Command) => {
      const options = command.optsWithGlobals<ClientOptions>();
      const run = await clientOf(context, options).call<ExecutionDetail>(executionPath(id));
      show(context, options, run, () => printExecution(run, context.terminal));
    });
}

function addCancel(executions: Command, context: CommandContext): void {
  executions
    .command('cancel')
    .description('end a run, and those of its sub-agents; what was done stays done')
    .argument('<id>', 'of the execution')
    .requiredOption('--reason <text>', 'why, for the record')
    .action(async (id: string, _options: CancelOptions, command: Command) => {
      const options = command.optsWithGlobals<CancelOptions>();
      const call = { method: 'POST', body: JSON.stringify({ reason: options.reason }) } as const;
      const path = `${executionPath(id)}/cancel`;
      const answer = await clientOf(context, options).call<Cancelled>(path, call);
      const { paint, line } = context.terminal;
      show(context, options, answer, ({ status, message }) =>
        line(
          status === 'cancelled'
            ? `${paint('bad', status)} ${oneLine(id)}`
            : `${paint('waiting', status)}: ${message}`,
        ),
      );
    });
}
