import type { Command } from 'commander';
import { clientOf, show, type ClientOptions, type CommandContext } from '../commands/context.ts';
import { literal } from '../terminal/text.ts';
import { listRules, type ApiRule } from './rule-api.ts';
import { ruleFields } from './rule-text.ts';

const HEADING =
  ' Rules, in the order in which they are tried. `signalbox rules apply <file>` makes them so.';

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

async function asFile(rules: readonly ApiRule[]): Promise<string> {
  const { Document, isScalar, visit } = await import('yaml');
  const document = new Document({
    rules: rules.map((rule) =>
      Object.fromEntries(
        ruleFields.filter((name) => rule[name] !== null).map((name) => [name, rule[name]]),
      ),
    ),
  });
  document.commentBefore = HEADING;
  visit(document, (_key, node) => {
    // Only within these quotes can what is invisible be written as an escape.
    if (isScalar<string>(node) && literal(String(node.value)) !== String(node.value)) {
      node.type = 'QUOTE_DOUBLE';
    }
  });
  // A pattern that is broken into lines is hard to read, and harder to change.
  const text = document.toString({ lineWidth: 0, singleQuote: true }).trimEnd();
  return text.split('\n').map(literal).join('\n');
}
