import type { Command } from 'commander';
import type { Chain } from '../client/api.ts';
import { printChain } from '../why/timeline.ts';
import type { Detail } from '../why/trials.ts';
import { clientOf, show, type ClientOptions, type CommandContext } from './context.ts';

interface WhyOptions extends ClientOptions, Detail {}

/** `signalbox why`: from a signal to every effect. */
export function addWhy(parent: Command, context: CommandContext): void {
  parent
    .command('why')
    .description('show what happened, and because of what')
    .argument('<id>', 'of a signal, execution, approval, tool call or event')
    .option('--all', 'show every rule that was tried, not only the first that did not match')
    .action(async (id: string, _options: WhyOptions, command: Command) => {
      const options = command.optsWithGlobals<WhyOptions>();
      const path = `/api/why/${encodeURIComponent(id)}`;
      const chain = await clientOf(context, options).call<Chain>(path);
      show(context, options, chain, () => printChain(chain, context.terminal, options));
    });
}
