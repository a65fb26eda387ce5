import type { Command } from 'commander';
import type { CommandContext } from '../commands/context.ts';
import { addRuleApply } from './apply.command.ts';
import { addBacktest } from './backtest.command.ts';
import { addRuleChanges } from './change.commands.ts';
import { addRuleExport } from './export.command.ts';
import { addRuleQueries } from './query.commands.ts';
import { addRuleTest } from './test.command.ts';

/** `signalbox rules …` */
export function addRules(parent: Command, context: CommandContext): void {
  const rules = parent
    .command('rules')
    .description('what is decided without asking a model: look, change, try, keep in a file');
  addRuleQueries(rules, context);
  addRuleChanges(rules, context);
  addRuleTest(rules, context);
  addBacktest(rules, context);
  addRuleApply(rules, context);
  addRuleExport(rules, context);
}
