import { AppError, type Json } from '@signalbox/kernel';
import type { Command } from 'commander';
import { readFile } from 'node:fs/promises';
import { clientOf, show, type ClientOptions, type CommandContext } from '../commands/context.ts';
import { usage } from '../commands/usage.ts';
import { literal, oneLine } from '../terminal/text.ts';
import type { RuleTest } from './rule-api.ts';
import { patternText, ruleSummary } from './rule-text.ts';

interface TestOptions extends ClientOptions {
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
    .action(async (event: string | undefined, _options: TestOptions, command: Command) => {
      const options = command.optsWithGlobals<TestOptions>();
      const { signal: signal_id, source } = options;
      if ((event === undefined) === (signal_id === undefined)) {
        throw usage('Name a file with an event, - for standard input, or give --signal.');
      }
      const given = event === undefined ? { signal_id } : { event: await eventIn(event, context) };
      const test = await run({ ...given, source }, options, context);
      show(context, options, test, () => printTest(test, context));
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
  { terminal }: CommandContext,
): void {
  terminal.line(terminal.paint('dim', 'what rules are shown:'));
  for (const line of text.split('\n')) terminal.line(`  ${literal(line)}`);
  terminal.line(terminal.paint('dim', `${trace.length} rules tried:`));
  for (const { rule_name, matched, reason } of trace) {
    const line = `  ${matched ? '✓' : '·'} ${oneLine(rule_name)}: ${oneLine(reason)}`;
    terminal.line(terminal.paint(matched ? 'good' : 'dim', line));
  }
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
  try {
    const bytes = file === '-' ? await context.readInput() : await readFile(file);
    return JSON.parse(new TextDecoder().decode(bytes)) as Json;
  } catch (error) {
    throw usage(`${what} is no JSON that can be read: ${(error as Error).message}`);
  }
}
