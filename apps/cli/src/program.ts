import { asAppError, errorOutcomes, type AppError } from '@signalbox/kernel';
import { Command, CommanderError } from 'commander';
import { readFileSync } from 'node:fs';
import { addAgents } from './agents/agents.commands.ts';
import { addApprovals } from './commands/approval.commands.ts';
import { addChat } from './commands/chat.command.ts';
import { ExitCode } from './commands/exit-code.ts';
import type { ClientOptions, CommandContext } from './commands/context.ts';
import { addControl } from './commands/control.commands.ts';
import { addNatsPermissions } from './commands/nats-permissions.command.ts';
import { addProblems } from './commands/problems.command.ts';
import { addProvision } from './commands/provision.command.ts';
import { addSend } from './commands/send.command.ts';
import { addUp } from './commands/up.command.ts';
import { usage } from './commands/usage.ts';
import { addWhy } from './commands/why.command.ts';
import { addDeadLetters } from './dead-letters/dead-letters.commands.ts';
import { addExecutions } from './executions/executions.commands.ts';
import { addRules } from './rules/rules.commands.ts';
import { addToolCalls } from './tool-calls/tool-calls.commands.ts';
import type { Terminal } from './terminal/terminal.ts';
import { oneLine } from './terminal/text.ts';

const PROBLEMS_MAX = 20;

const { version } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
) as { version: string };

/** The whole command line. Commands throw; `runProgram` turns that into a line and a code. */
export function buildProgram(context: CommandContext): Command {
  const { terminal } = context;
  const program = new Command('signalbox')
    .description('Operate a Signalbox: send alerts, approve actions, ask why.')
    .option(
      '--url <url>',
      'where it runs (default: SIGNALBOX_URL, else what runs in SIGNALBOX_HOME)',
    )
    .option('--json', 'print what the server answers, whole')
    .version(version, '-V, --version', 'print the version')
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.line(text.trimEnd()),
      writeErr: (text) => terminal.error(text.trimEnd()),
      // Told by `runProgram`, as every other error.
      outputError: () => undefined,
    });
  addUp(program, context);
  addSend(program, context);
  addChat(program, context);
  addApprovals(program, context);
  addProblems(program, context);
  addWhy(program, context);
  addControl(program, context);
  addRules(program, context);
  addAgents(program, context);
  addExecutions(program, context);
  addToolCalls(program, context);
  addDeadLetters(program, context);
  addProvision(program, context);
  addNatsPermissions(program, context);
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
    if (thrown instanceof ExitCode) return thrown.code;
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return 0;
    const error = thrown instanceof CommanderError ? misspelt(thrown) : asAppError(thrown);
    // A command line that is not understood may not have been read that far.
    const json = program.opts<ClientOptions>().json ?? args.includes('--json');
    if (error) printError(error, context.terminal, json);
    return errorOutcomes[error?.kind ?? 'invalid'].exitCode;
  }
}

/** Undefined where the help was shown instead. */
function misspelt({ code, message }: CommanderError): AppError | undefined {
  if (code === 'commander.help') return undefined;
  const said = message
    .replace(/^error: /, '')
    .replace(/\s+/g, ' ')
    .replace(/^command-argument value '(.*)' is invalid for argument '(.*)'\. /, "$2 '$1': ");
  return usage(said);
}

/** The first problem in a line; where there are several, each in a line of its own below. */
function printError({ code, message, fields }: AppError, terminal: Terminal, json: boolean): void {
  if (json) return terminal.error(JSON.stringify({ error: { code, message, fields } }));
  terminal.error(`signalbox: ${oneLine(message)}`);
  if (fields.length < 2) return;
  for (const { field, problem } of fields.slice(0, PROBLEMS_MAX)) {
    terminal.error(`  ${oneLine(field ? `${field}: ${problem}` : problem)}`);
  }
  const more = fields.length - PROBLEMS_MAX;
  if (more > 0) terminal.error(`  … and ${more} more`);
}
