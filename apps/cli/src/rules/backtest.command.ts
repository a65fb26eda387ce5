import { AppError } from '@signalbox/kernel';
import type { Command } from 'commander';
import type { ApiClient } from '../client/api-client.ts';
import { jsonLines } from '../client/json-lines.ts';
import { clientOf, type ClientOptions, type CommandContext } from '../commands/context.ts';
import { DIFFERENCES, ExitCode } from '../commands/exit-code.ts';
import type { BacktestLine, BacktestSummary } from './backtest-lines.ts';
import { printChanged, printSummary, progressText } from './backtest-report.ts';
import { listRules } from './rule-api.ts';
import type { RulesFile } from './rules-file.ts';

/** Changed signals that are shown when not all are asked for. */
const SHOWN_MAX = 20;

interface BacktestOptions extends ClientOptions {
  readonly since?: string;
  readonly until?: string;
  readonly prune?: boolean;
  readonly all?: boolean;
  readonly failOnChange?: boolean;
}

/** `signalbox rules backtest`: what a rules file would have decided of recorded signals. */
export function addBacktest(rules: Command, context: CommandContext): void {
  rules
    .command('backtest')
    .description('show which decisions on recorded signals a rules file would change')
    .argument('<file>', 'rules as YAML, or - for standard input')
    .option('--since <time>', 'an age like 12h, or an instant in ISO 8601 (default: 30d)')
    .option('--until <time>', 'the same (default: now)')
    .option('--prune', 'without the rules in force that the file does not name')
    .option('--all', `show every changed signal, not the first ${SHOWN_MAX}`)
    .option('--fail-on-change', `end with ${DIFFERENCES} when a decision would change`)
    .action(async (path: string, _options: BacktestOptions, command: Command) => {
      const options = command.optsWithGlobals<BacktestOptions>();
      const { readRulesFile } = await import('./rules-file.ts');
      const file = await readRulesFile(path, context);
      const { changed } = await backtest(file, options, context).catch((error: unknown) => {
        throw error instanceof AppError ? file.locate(error) : error;
      });
      if (options.failOnChange && changed > 0) throw new ExitCode(DIFFERENCES);
    });
}

async function backtest(
  file: RulesFile,
  options: BacktestOptions,
  context: CommandContext,
): Promise<BacktestSummary> {
  const client = clientOf(context, options);
  const { since, until, prune } = options;
  const rules = [...file.rules, ...(prune ? [] : await othersOf(file, client))];
  const body = JSON.stringify({ rules, since, until });
  const lines = client.stream(
    '/api/rules/backtest',
    { method: 'POST', body },
    jsonLines<BacktestLine>,
  );
  return report(lines, options, context);
}

/** What stays in force when the file is applied, which deletes nothing unless it is told to. */
async function othersOf({ rules }: RulesFile, client: ApiClient): Promise<readonly object[]> {
  const named = new Set(rules.map((rule) => (rule as { readonly name?: unknown } | null)?.name));
  return (await listRules(client)).filter(({ name }) => !named.has(name));
}

/**
 * Prints lines as they come; how far it is goes to whoever looks, and is no part of `--json`.
 * @throws AppError `unavailable` when the backtest does not come to its end.
 */
async function report(
  lines: AsyncIterable<BacktestLine>,
  { json, all }: BacktestOptions,
  { terminal }: CommandContext,
): Promise<BacktestSummary> {
  let seen = 0;
  try {
    for await (const line of lines) {
      const { progress, changed, summary, error } = line;
      terminal.progress?.(progress ? progressText(progress) : '');
      if (error) throw unfinished(error.message);
      if (json && !progress) terminal.line(JSON.stringify(line));
      else if (changed && (++seen <= SHOWN_MAX || all)) printChanged(changed, terminal);
      if (!summary) continue;
      if (!json) printSummary(summary, all ? seen : Math.min(seen, SHOWN_MAX), terminal);
      return summary;
    }
  } finally {
    terminal.progress?.('');
  }
  throw unfinished('the answer broke off');
}

function unfinished(reason: string): AppError {
  const message = `The backtest did not come to its end: ${reason}`;
  return new AppError({ code: 'backtest_unfinished', kind: 'unavailable', message });
}
