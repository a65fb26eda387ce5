import { AppError, type ErrorKind } from '@signalbox/kernel';
import type { Command } from 'commander';
import { clientOf, show, type ClientOptions, type CommandContext } from '../commands/context.ts';
import { DIFFERENCES, ExitCode } from '../commands/exit-code.ts';
import { usage } from '../commands/usage.ts';
import { literal, oneLine } from '../terminal/text.ts';
import type { RulePlan } from './rule-api.ts';
import { phrases, planSummary, printPlan } from './rule-diff.ts';
import type { RulesFile } from './rules-file.ts';

/** A thousand rules are written one after the other. */
const APPLY_WAIT_MS = 120_000;

interface ApplyOptions extends ClientOptions {
  readonly dryRun?: boolean;
  readonly prune?: boolean;
  readonly yes?: boolean;
}

/** `signalbox rules apply`: the rules as a file says. Nothing is written before it was shown. */
export function addRuleApply(rules: Command, context: CommandContext): void {
  rules
    .command('apply')
    .description('make the rules as a file says; shows the difference first, and asks')
    .argument('<file>', 'rules in YAML, told apart by their names; - for standard input')
    .option('--dry-run', `only show the difference; ends with ${DIFFERENCES} when there is one`)
    .option('--prune', 'also delete rules that are not in the file')
    .option('--yes', 'do not ask')
    .action(async (path: string, _options: ApplyOptions, command: Command) => {
      const options = command.optsWithGlobals<ApplyOptions>();
      const { readRulesFile } = await import('./rules-file.ts');
      await apply(await readRulesFile(path, context), options, context);
    });
}

async function apply(
  file: RulesFile,
  options: ApplyOptions,
  context: CommandContext,
): Promise<void> {
  const { terminal, confirm } = context;
  const { json, dryRun, prune = false, yes } = options;
  const ask = asking(file, options, context);
  const planned = await ask({ prune, dry_run: true });
  const isSame = planned.changes.length === 0;
  if (!json) printPlan(planned, terminal);
  if (isSame || dryRun) {
    if (json) terminal.line(JSON.stringify(planned));
    if (isSame) return;
    throw new ExitCode(DIFFERENCES);
  }
  if (!yes && !confirm)
    throw usage('Nobody is here to be asked. Say --yes to apply, or --dry-run.');
  if (!yes && !(await confirm?.('Apply this?'))) throw usage('Nothing was changed.');
  const applied = await ask({ prune, plan: planned.plan });
  show(context, options, applied, () => printOutcome(applied, context));
  assertComplete(applied);
}

/** What was shown is what is done: another plan by then is refused. */
function asking(file: RulesFile, options: ApplyOptions, context: CommandContext) {
  const api = clientOf(context, options);
  return async (how: object): Promise<RulePlan> => {
    const body = JSON.stringify({ rules: file.rules, ...how });
    const call = { method: 'POST', body, waitMs: APPLY_WAIT_MS } as const;
    try {
      return await api.call<RulePlan>('/api/rules/apply', call);
    } catch (error) {
      throw error instanceof AppError ? file.locate(error) : error;
    }
  };
}

function printOutcome(applied: RulePlan, { terminal }: CommandContext): void {
  if (applied.status === 'applied') {
    return terminal.line(terminal.paint('good', `done: ${planSummary(applied)}`));
  }
  for (const { change, name, outcome, problem } of applied.changes) {
    const rule = literal(name);
    if (outcome === 'done') terminal.line(`${terminal.paint('good', phrases[change][1])} ${rule}`);
    else if (outcome === 'failed') {
      const detail = oneLine(problem?.detail ?? '');
      terminal.line(`${terminal.paint('bad', 'failed')} ${rule}: ${detail}`);
    } else {
      const text = outcome === 'pending' ? 'not confirmed in time' : 'not tried';
      terminal.line(`${terminal.paint('waiting', text)} ${rule}`);
    }
  }
}

/** @throws AppError of the kind of the first change that was not made. */
function assertComplete({ status, changes }: RulePlan): void {
  if (status === 'applied') return;
  const open = changes.filter(({ outcome }) => outcome !== 'done');
  const kind = kindOf(open[0]?.problem?.status);
  const message = `${open.length} of ${changes.length} changes were not made. Apply the file again for the rest.`;
  throw new AppError({ code: 'rules_apply_incomplete', kind, message });
}

function kindOf(status: number | undefined): ErrorKind {
  if (status === 409) return 'conflict';
  return status === 422 ? 'invalid' : 'unavailable';
}
