import { asAppError, errorOutcomes } from '@signalbox/kernel';
import { Command, CommanderError } from 'commander';
import { addApprovals } from './commands/approval.commands.ts';
import type { ClientOptions, CommandContext } from './commands/context.ts';
import { addControl } from './commands/control.commands.ts';
import { addSend } from './commands/send.command.ts';
import { addUp } from './commands/up.command.ts';
import { addWhy } from './commands/why.command.ts';
import { oneLine } from './terminal/text.ts';

/** The whole command line. Commands throw; `runProgram` turns that into a line and a code. */
export function buildProgram(context: CommandContext): Command {
  const { terminal } = context;
  const program = new Command('signalbox')
    .description('Operate a Signalbox: send alerts, approve actions, ask why.')
    .option('--url <url>', 'where it runs (default: SIGNALBOX_URL, else this machine)')
    .option('--json', 'print what the server answers, whole')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.line(text.trimEnd()),
      writeErr: (text) => terminal.error(text.trimEnd()),
      outputError: (text, write) => write(text.replace(/^error: /, 'signalbox: ')),
    });
  addUp(program, context);
  addSend(program, context);
  addApprovals(program, context);
  addWhy(program, context);
  addControl(program, context);
  return program;
}

/** Runs one command line and says how the process should end. */
export async function runProgram(
  program: Command,
  args: readonly string[],
  context: CommandContext,
): Promise<number> {
  try {
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (thrown) {
    if (thrown instanceof CommanderError) {
      return thrown.exitCode === 0 ? 0 : errorOutcomes.invalid.exitCode;
    }
    const { code, kind, message, fields } = asAppError(thrown);
    const { json } = program.opts<ClientOptions>();
    context.terminal.error(
      json
        ? JSON.stringify({ error: { code, message, fields } })
        : `signalbox: ${oneLine(message)}`,
    );
    return errorOutcomes[kind].exitCode;
  }
}
