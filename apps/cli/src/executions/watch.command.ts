import { AppError } from '@signalbox/kernel';
import type { Command } from 'commander';
import type { ApiEvent } from '../client/api.ts';
import { serverEvents } from '../client/server-events.ts';
import { clientOf, type ClientOptions, type CommandContext } from '../commands/context.ts';
import { ExitCode, NOT_COMPLETED } from '../commands/exit-code.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { oneLine } from '../terminal/text.ts';
import { detailLines, eventLine } from '../why/event-line.ts';
import { executionPath } from './execution-api.ts';
import { statusText } from './print-executions.ts';

interface End {
  readonly status: string;
  readonly outcome: string;
}

/** `signalbox executions watch`: a run as it goes on, until its end. */
export function addWatch(executions: Command, context: CommandContext): void {
  executions
    .command('watch')
    .description('follow a run from its beginning to its end')
    .argument('<id>', 'of the execution')
    .action(async (id: string, _options: ClientOptions, command: Command) => {
      const options = command.optsWithGlobals<ClientOptions>();
      const { status, outcome } = await watch(id, options, context);
      const { terminal } = context;
      if (!options.json) terminal.line(`${statusText(status, terminal)}: ${oneLine(outcome)}`);
      if (status !== 'completed') throw new ExitCode(NOT_COMPLETED);
    });
}

/** @throws AppError `unavailable` when the stream ends before the run. */
async function watch(id: string, options: ClientOptions, context: CommandContext): Promise<End> {
  const { terminal } = context;
  const path = `${executionPath(id)}/live`;
  const said = new Said(terminal);
  for await (const { name, data } of clientOf(context, options).stream(path, {}, serverEvents)) {
    if (options.json) terminal.line(JSON.stringify({ event: name, data }));
    else if (name === 'text') said.add((data as { text: string }).text);
    else if (name === 'message') {
      said.clear();
      printEvent(data as ApiEvent, terminal);
    }
    if (name === 'end') return data as End;
  }
  throw new AppError({
    code: 'watch_broken_off',
    kind: 'unavailable',
    message: 'The server stopped telling; the run may go on. Watch it again.',
  });
}

function printEvent(event: ApiEvent, terminal: Terminal): void {
  terminal.line(eventLine(event, terminal));
  for (const line of detailLines(event, terminal)) terminal.line(line);
}

/** As much of what a model says as any screen shows in a line. */
const SAID_CHARS_MAX = 500;
const SAID_MARGIN = '  … ';
const COLUMNS_DEFAULT = 80;

/** The end of what the model says, on a line that the whole answer takes the place of. */
class Said {
  #text = '';

  constructor(private readonly terminal: Terminal) {}

  add(text: string): void {
    const { columns = COLUMNS_DEFAULT, progress } = this.terminal;
    this.#text = (this.#text + text).slice(-SAID_CHARS_MAX);
    const room = columns - SAID_MARGIN.length - 1;
    progress?.(SAID_MARGIN + oneLine(this.#text.toWellFormed()).slice(-room).toWellFormed());
  }

  clear(): void {
    if (this.#text !== '') this.terminal.progress?.('');
    this.#text = '';
  }
}
