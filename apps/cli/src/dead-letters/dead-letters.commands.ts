import { asAppError } from '@signalbox/kernel';
import type { Command } from 'commander';
import type { ApiClient } from '../client/api-client.ts';
import { clientOf, show, type ClientOptions, type CommandContext } from '../commands/context.ts';
import { positive } from '../commands/positive.ts';
import { usage } from '../commands/usage.ts';
import {
  letterAt,
  newestLetters,
  redrive,
  type DeadLetter,
  type Redriven,
} from './dead-letter-api.ts';
import { printLetter, printLetters } from './print-letters.ts';

const LIST_DEFAULT = 20;

interface ListOptions extends ClientOptions {
  readonly limit: number;
}

interface RedriveOptions extends ClientOptions {
  readonly all?: boolean;
}

/** `signalbox dlq list`, `show` and `redrive`. */
export function addDeadLetters(parent: Command, context: CommandContext): void {
  const dlq = parent
    .command('dlq')
    .description('dead letters: messages that no service could process');
  addList(dlq, context);
  addShow(dlq, context);
  addRedrive(dlq, context);
}

function addList(dlq: Command, context: CommandContext): void {
  dlq
    .command('list')
    .description('list them, newest first')
    .option('--limit <number>', 'how many at most', positive, LIST_DEFAULT)
    .action(async (_options: ListOptions, command: Command) => {
      const options = command.optsWithGlobals<ListOptions>();
      const letters = await newestLetters(clientOf(context, options), options.limit);
      show(context, options, letters, () => printLetters(letters, context.terminal));
    });
}

function addShow(dlq: Command, context: CommandContext): void {
  dlq
    .command('show')
    .description('show one, with its headers, its body and why it is there')
    .argument('<sequence>', 'its number, as `signalbox dlq list` has it', positive)
    .action(async (sequence: number, _options: ClientOptions, command: Command) => {
      const options = command.optsWithGlobals<ClientOptions>();
      const letter = await letterAt(clientOf(context, options), sequence);
      show(context, options, letter, () => printLetter(letter, context.terminal));
    });
}

function addRedrive(dlq: Command, context: CommandContext): void {
  const { terminal } = context;
  dlq
    .command('redrive')
    .description('put them back where they came from, to be processed once more')
    .argument('[sequence...]', 'their numbers', (text: string, before: number[] = []) => [
      ...before,
      positive(text),
    ])
    .option('--all', 'every one there is')
    .action(async (named: number[] | undefined, _options: RedriveOptions, command: Command) => {
      const options = command.optsWithGlobals<RedriveOptions>();
      const client = clientOf(context, options);
      const sequences = await chosen(client, named ?? [], options);
      const answers: Redriven[] = [];
      try {
        for (const sequence of sequences) {
          const answer = await redriven(client, sequence, options);
          if (!answer) continue;
          answers.push(answer);
          if (!options.json) {
            const subject = terminal.paint('dim', answer.subject);
            terminal.line(`${terminal.paint('good', 'redriven')} ${sequence}  ${subject}`);
          }
        }
      } catch (error) {
        // Those before it are put back all the same.
        if (options.json) terminal.line(JSON.stringify(answers));
        throw error;
      }
      show(context, options, answers, () => {
        if (answers.length === 0) terminal.line('There are no dead letters.');
      });
    });
}

async function chosen(
  client: ApiClient,
  named: readonly number[],
  { all = false }: RedriveOptions,
): Promise<readonly number[]> {
  if (all === named.length > 0) throw usage('Name dead letters by their numbers, or say --all.');
  if (!all) return named;
  // Those that are there now: one that is given up again must not be put back for ever.
  const letters: readonly DeadLetter[] = await newestLetters(client, Infinity);
  return letters.map(({ sequence }) => sequence).toReversed();
}

/** Undefined for one of all that is gone since: somebody else was faster. */
async function redriven(
  client: ApiClient,
  sequence: number,
  { all = false }: RedriveOptions,
): Promise<Redriven | undefined> {
  try {
    return await redrive(client, sequence);
  } catch (error) {
    if (all && asAppError(error).kind === 'missing') return undefined;
    throw error;
  }
}
