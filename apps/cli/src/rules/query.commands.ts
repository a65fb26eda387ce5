import type { Command } from 'commander';
import { clientOf, show, type ClientOptions, type CommandContext } from '../commands/context.ts';
import { literal, timeText } from '../terminal/text.ts';
import {
  findRule,
  listRules,
  type ApiRule,
  type RuleFields,
  type RuleVersion,
} from './rule-api.ts';
import { printDifference } from './rule-diff.ts';
import { printRules } from './rule-table.ts';
import { patternText, ruleFields, ruleSummary, valueText } from './rule-text.ts';

const LABEL_WIDTH = 15;

/** `signalbox rules list`, `show` and `versions`. */
export function addRuleQueries(rules: Command, context: CommandContext): void {
  rules
    .command('list')
    .description('list the rules in the order in which they are tried')
    .action(async (_options: ClientOptions, command: Command) => {
      const options = command.optsWithGlobals<ClientOptions>();
      const found = await listRules(clientOf(context, options));
      show(context, options, found, () => printRules(found, context.terminal));
    });
  rules
    .command('show')
    .description('show all of one rule')
    .argument('<rule>', 'its name or id')
    .action(async (rule: string, _options: ClientOptions, command: Command) => {
      const options = command.optsWithGlobals<ClientOptions>();
      const found = await findRule(clientOf(context, options), rule);
      show(context, options, found, () => printRule(found, context));
    });
  rules
    .command('versions')
    .description('show what a rule was, who changed it, and when')
    .argument('<rule>', 'its name or id; of a deleted one the id')
    .action(async (rule: string, _options: ClientOptions, command: Command) => {
      const options = command.optsWithGlobals<ClientOptions>();
      const versions = await versionsOf(rule, context, options);
      show(context, options, versions, () => printVersions(versions, context));
    });
}

/** What looks like an id is asked for as one, because a rule that was deleted has no name here. */
async function versionsOf(
  rule: string,
  context: CommandContext,
  options: ClientOptions,
): Promise<readonly RuleVersion[]> {
  const api = clientOf(context, options);
  const id = /^[0-9A-HJKMNP-TV-Z]{26}$/.test(rule) ? rule : (await findRule(api, rule)).id;
  return api.call<readonly RuleVersion[]>(`/api/rules/${id}/versions`);
}

function printRule(rule: ApiRule, { terminal }: CommandContext): void {
  const row = (label: string, value: string) =>
    terminal.line(`${label.padEnd(LABEL_WIDTH)}${value}`);
  terminal.line(terminal.paint('bold', literal(rule.name)));
  row('id', rule.id);
  for (const field of ruleFields.filter((name) => name !== 'name' && rule[name] !== null)) {
    row(field, valueText(rule[field]));
  }
  row('version', `${rule.version}, of ${timeText(rule.updated_at)}`);
  row('created', timeText(rule.created_at));
}

/** The newest first, each with what it changed. */
function printVersions(versions: readonly RuleVersion[], { terminal }: CommandContext): void {
  versions.forEach(({ version, change, by, at, rule }, index) => {
    const heading = terminal.paint('bold', `version ${version}  ${change}`);
    terminal.line(`${heading}  ${terminal.paint('dim', `${timeText(at)}  by ${literal(by)}`)}`);
    const before: RuleFields | null = versions[index + 1]?.rule ?? null;
    if (rule && before) printDifference(before, rule, terminal);
    else if (rule) {
      for (const text of [literal(rule.name), ruleSummary(rule), patternText(rule)]) {
        terminal.line(`    ${text}`);
      }
    }
  });
}
