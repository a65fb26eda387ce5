import type { Command } from 'commander';
import type { PendingApproval, Resolution } from '../client/api.ts';
import { duration } from '../terminal/text.ts';
import { clientOf, show, showList, type ClientOptions, type CommandContext } from './context.ts';
import { actionLines } from './pending-action.ts';

interface ResolveOptions extends ClientOptions {
  readonly note?: string;
}

/** `signalbox approvals`, `approve` and `reject`. */
export function addApprovals(parent: Command, context: CommandContext): void {
  parent
    .command('approvals')
    .description('list what waits for a person')
    .action(async (_options: ClientOptions, command: Command) => {
      const options = command.optsWithGlobals<ClientOptions>();
      const list = { path: '/api/approvals', which: 'oldest' };
      await showList<PendingApproval>(context, options, list, (pending) =>
        printPending(pending, context),
      );
    });
  addResolve(parent, context, { name: 'approve', approved: true });
  addResolve(parent, context, { name: 'reject', approved: false });
}

function addResolve(
  parent: Command,
  context: CommandContext,
  { name, approved }: { readonly name: string; readonly approved: boolean },
): void {
  parent
    .command(name)
    .description(approved ? 'agree to the action that waits' : 'refuse the action that waits')
    .argument('<id>', 'of the approval, as `signalbox approvals` lists it')
    .option('--note <text>', 'why, for the record')
    .action(async (id: string, _options: ResolveOptions, command: Command) => {
      const options = command.optsWithGlobals<ResolveOptions>();
      const answer = await clientOf(context, options).call<Resolution>(
        `/api/approvals/${encodeURIComponent(id)}`,
        { method: 'POST', body: JSON.stringify({ approved, note: options.note }) },
      );
      show(context, options, answer, () => printResolution(answer, context));
    });
}

function printPending(pending: readonly PendingApproval[], context: CommandContext): void {
  const { terminal } = context;
  if (pending.length === 0) return terminal.line('Nothing waits for a person.');
  for (const approval of pending) {
    const left = duration(Date.parse(approval.expires_at) - context.now().getTime());
    const stale = approval.stale ? ', asked before a halt: reject it' : '';
    const facts = `${approval.risk_level} risk, ${left} left${stale}`;
    terminal.line(`${terminal.paint('bold', approval.id)}  ${terminal.paint('waiting', facts)}`);
    for (const line of actionLines(approval)) terminal.line(`  ${line}`);
  }
  terminal.line(terminal.paint('dim', 'signalbox approve <id>, or signalbox reject <id>'));
}

function printResolution(answer: Resolution, { terminal }: CommandContext): void {
  const { status, execution_id, message } = answer;
  if (status === 'approved_and_executed') {
    terminal.line(`${terminal.paint('good', 'approved')}, execution ${execution_id} goes on`);
    terminal.line(terminal.paint('dim', `how it went: signalbox why ${execution_id}`));
  } else {
    const tone = status === 'rejected' ? 'bad' : 'waiting';
    terminal.line(`${terminal.paint(tone, status)}: ${message}`);
  }
}
