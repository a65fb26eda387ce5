import type { Command } from 'commander';
import { clientOf, show, type ClientOptions, type CommandContext } from '../commands/context.ts';
import { yamlText } from '../files/yaml-text.ts';
import { listRules, type ApiRule } from './rule-api.ts';
import { ruleFields } from './rule-text.ts';

const HEADING =
  'Rules, in the order in which they are tried. `signalbox rules apply <file>` makes them so.';

/** `signalbox rules export`: the rules there are, as the file that `apply` takes. */
export function addRuleExport(rules: Command, context: CommandContext): void {
  rules
    .command('export')
    .description('print the rules as a file for `rules apply`')
    .action(async (_options: ClientOptions, command: Command) => {
      const options = command.optsWithGlobals<ClientOptions>();
      const found = await listRules(clientOf(context, options));
      const text = await asFile(found);
      show(context, options, found, () => context.terminal.line(text));
    });
}

function asFile(rules: readonly ApiRule[]): Promise<string> {
  const listed = rules.map((rule) =>
    Object.fromEntries(
      ruleFields.filter((name) => rule[name] !== null).map((name) => [name, rule[name]]),
    ),
  );
  return yamlText({ rules: listed }, HEADING);
}
