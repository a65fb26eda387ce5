import { Option, type Command } from 'commander';
import { clientOf, show, type ClientOptions, type CommandContext } from '../commands/context.ts';
import { usage } from '../commands/usage.ts';
import { literal } from '../terminal/text.ts';
import { findRule, type ApiRule, type PendingRule, type RuleFields } from './rule-api.ts';
import { printDifference } from './rule-diff.ts';

interface FieldOptions extends ClientOptions {
  readonly name?: string;
  readonly pattern?: string;
  readonly type?: string;
  readonly action?: string;
  readonly risk?: string;
  readonly automation?: string;
  readonly agent?: string;
  readonly priority?: string;
  readonly disabled?: boolean;
}

const NONE = 'none';

/** `signalbox rules add`, `set`, `enable`, `disable` and `delete`. */
export function addRuleChanges(rules: Command, context: CommandContext): void {
  addAdd(rules, context);
  addSet(rules, context);
  addSwitch(rules, context, { name: 'enable', active: true });
  addSwitch(rules, context, { name: 'disable', active: false });
  addDelete(rules, context);
}

function addAdd(rules: Command, context: CommandContext): void {
  const add = rules.command('add').description('make a rule, in force at once');
  withFields(add, { required: true })
    .option('--disabled', 'keep it, but do not try it yet')
    .action(async (_options: FieldOptions, command: Command) => {
      const options = command.optsWithGlobals<FieldOptions>();
      const body = JSON.stringify({ ...fieldsIn(options), active: !options.disabled });
      const call = { method: 'POST', body } as const;
      const made = await clientOf(context, options).call<ApiRule | PendingRule>('/api/rules', call);
      show(context, options, made, () => printChanged(made, undefined, context));
    });
}

function addSet(rules: Command, context: CommandContext): void {
  const set = rules
    .command('set')
    .description('change parts of a rule; what is not named stays')
    .argument('<rule>', 'its name or id');
  withFields(set, { required: false }).action(
    async (rule: string, _options: FieldOptions, command: Command) => {
      const options = command.optsWithGlobals<FieldOptions>();
      const fields = fieldsIn(options);
      if (Object.keys(fields).length === 0) throw usage('Name what to change: --priority 10, …');
      await change(rule, fields, context, options);
    },
  );
}

function addSwitch(
  rules: Command,
  context: CommandContext,
  { name, active }: { readonly name: string; readonly active: boolean },
): void {
  rules
    .command(name)
    .description(active ? 'try a rule again' : 'no longer try a rule, but keep it')
    .argument('<rule>', 'its name or id')
    .action(async (rule: string, _options: ClientOptions, command: Command) => {
      await change(rule, { active }, context, command.optsWithGlobals<ClientOptions>());
    });
}

function addDelete(rules: Command, context: CommandContext): void {
  rules
    .command('delete')
    .description('end a rule; its versions are kept')
    .argument('<rule>', 'its name or id')
    .action(async (rule: string, _options: ClientOptions, command: Command) => {
      const options = command.optsWithGlobals<ClientOptions>();
      const api = clientOf(context, options);
      const { id, name } = await findRule(api, rule);
      const answer = await api.call<{ status: string }>(`/api/rules/${id}`, { method: 'DELETE' });
      const { terminal } = context;
      show(context, options, answer, ({ status }) => {
        const tone = status === 'deleted' ? 'bad' : 'waiting';
        terminal.line(
          `${terminal.paint(tone, status)} ${literal(name)}  ${terminal.paint('dim', id)}`,
        );
      });
    });
}

/** Refused by the server when somebody else changed the rule since it was read here. */
async function change(
  rule: string,
  fields: Partial<RuleFields>,
  context: CommandContext,
  options: ClientOptions,
): Promise<void> {
  const api = clientOf(context, options);
  const before = await findRule(api, rule);
  const body = JSON.stringify({ ...before, ...fields });
  const path = `/api/rules/${before.id}`;
  const after = await api.call<ApiRule | PendingRule>(path, { method: 'PUT', body });
  show(context, options, after, () => printChanged(after, before, context));
}

function printChanged(
  answer: ApiRule | PendingRule,
  before: ApiRule | undefined,
  { terminal }: CommandContext,
): void {
  if ('status' in answer) {
    return terminal.line(`${terminal.paint('waiting', answer.status)}: ${answer.message}`);
  }
  const { name, id, version } = answer;
  const what =
    before === undefined ? 'added' : version === before.version ? 'unchanged' : 'changed';
  const heading = `${terminal.paint('good', what)} ${literal(name)}`;
  terminal.line(`${heading}  ${terminal.paint('dim', `${id} version ${version}`)}`);
  if (before) printDifference(before, answer, terminal);
}

function withFields(command: Command, { required }: { readonly required: boolean }): Command {
  const option = (flags: string, description: string) =>
    command.addOption(new Option(flags, description).makeOptionMandatory(required));
  option('--name <name>', 'how people call it; no two rules have one name');
  option('--pattern <pattern>', 'what it looks for');
  option(
    '--action <action>',
    'hard_reject, require_approval, trigger_automation, force_agent or allow',
  );
  const defaulted = (text: string, value: string) =>
    required ? `${text} (default: ${value})` : text;
  return command
    .option('--type <type>', defaulted('regex, keyword, event_type, payload_match or cel', 'regex'))
    .option('--risk <level>', defaulted('low, medium, high or critical', 'medium'))
    .option('--automation <id>', 'the workflow to run, with trigger_automation')
    .option(
      '--agent <id>',
      `the agent to run, with force_agent${required ? '' : '; none for none'}`,
    )
    .option('--priority <number>', defaulted('0 to 10000, lower is tried first', '100'));
}

/** As they go over the wire; the server knows what is right. */
function fieldsIn(options: FieldOptions): Partial<RuleFields> {
  const { name, pattern, type, action, risk, automation, agent, priority } = options;
  const fields = {
    name,
    pattern,
    pattern_type: type,
    action,
    risk_level: risk,
    automation_id: automation === NONE ? null : automation,
    agent_id: agent === NONE ? null : agent,
    priority: priority === undefined ? undefined : numberIn(priority),
  };
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Partial<RuleFields>;
}

function numberIn(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value))
    throw usage(`--priority ${text} is no number`);
  return value;
}
