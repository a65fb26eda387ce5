import { AppError, type Json } from '@signalbox/kernel';
import type { Command } from 'commander';
import { clientOf, show, type ClientOptions, type CommandContext } from '../commands/context.ts';
import { readNamed } from '../files/read-named.ts';
import { usage } from '../commands/usage.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { literal, oneLine } from '../terminal/text.ts';
import { shownTrials, type Detail } from '../why/trials.ts';
import type { RuleTest } from './rule-api.ts';
import { patternText, ruleSummary } from './rule-text.ts';

interface TestOptions extends ClientOptions, Detail {
  readonly signal?: string;
  readonly rules?: string;
  readonly source?: string;
}

/** `signalbox rules test`: which rule decides one event, and why. Nothing happens. */
export function addRuleTest(rules: Command, context: CommandContext): void {
  rules
    .command('test')
    .description('try rules on one event, without any effect')
    .argument('[event]', 'a webhook body as JSON, of any format; - for standard input')
    .option('--signal <id>', 'a recorded signal instead')
    .option('--rules <file>', 'try the rules of this file instead of those in force')
    .option('--source <name>', 'who would have sent the event')
    .option('--all', 'show every rule that was tried, not only the first that did not match')
    .action(async (event: string | undefined, _options: TestOptions, command: Command) => {
      const options = command.optsWithGlobals<TestOptions>();
      const { signal: signal_id, source } = options;
      if ((event === undefined) === (signal_id === undefined)) {
        throw usage('Name a file with an event, - for standard input, or give --signal.');
      }
      const given = event === undefined ? { signal_id } : { event: await eventIn(event, context) };
      const test = await run({ ...given, source }, options, context);
      show(context, options, test, () => printTest(test, context.terminal, options));
    });
}

async function run(
  given: object,
  options: TestOptions,
  context: CommandContext,
): Promise<RuleTest> {
  const api = clientOf(context, options);
  const call = (body: object) =>
    api.call<RuleTest>('/api/rules/test', { method: 'POST', body: JSON.stringify(body) });
  if (options.rules === undefined) return call(given);
  const { readRulesFile } = await import('./rules-file.ts');
  const file = await readRulesFile(options.rules, context);
  return call({ ...given, rules: file.rules }).catch((error: unknown) => {
    throw error instanceof AppError ? file.locate(error) : error;
  });
}

function printTest(
  { rule, trace, text, signal_status }: RuleTest,
  terminal: Terminal,
  detail: Detail,
): void {
  terminal.line(terminal.paint('dim', 'what rules are shown:'));
  for (const line of text.split('\n')) terminal.line(`  ${literal(line)}`);
  terminal.line(
    terminal.paint('dim', `${trace.length} ${trace.length === 1 ? 'rule' : 'rules'} tried:`),
  );
  const trials = trace.map((trial) => ({ ...trial, name: trial.rule_name }));
  const { shown, more } = shownTrials(trials, detail);
  for (const { name, matched, reason } of shown) {
    const line = `  ${matched ? '✓' : '·'} ${oneLine(name)}: ${oneLine(reason)}`;
    terminal.line(terminal.paint(matched ? 'good' : 'dim', line));
  }
  if (more !== undefined) terminal.line(terminal.paint('dim', `  ${more}`));
  if (rule) {
    terminal.line(`${terminal.paint('bold', literal(rule.name))} decides: ${ruleSummary(rule)}`);
    terminal.line(`  ${patternText(rule)}`);
  } else if (signal_status === 'resolved') {
    terminal.line('It says that its problem is over: such a signal is tried against no rule.');
  } else {
    terminal.line('No rule matches: the model would be asked.');
  }
}

async function eventIn(file: string, context: CommandContext): Promise<Json> {
  const what = file === '-' ? 'The standard input' : file;
  const bytes = await readNamed(file, context);
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as Json;
  } catch (error) {
    throw usage(`${what} is no JSON: ${(error as Error).message}`);
  }
}
