import type { Command } from 'commander';
import type { Chain } from '../client/api.ts';
import { printChain } from '../why/timeline.ts';
import { clientOf, show, type ClientOptions, type CommandContext } from './context.ts';

/** `signalbox why`: from a signal to every effect. */
export function addWhy(parent: Command, context: CommandContext): void {
  parent
    .command('why')
    .description('show what happened, and because of what')
    .argument('<id>', 'of a signal, execution, approval, tool call or event')
    .action(async (id: string, _options: ClientOptions, command: Command) => {
      const options = command.optsWithGlobals<ClientOptions>();
      const path = `/api/why/${encodeURIComponent(id)}`;
      const chain = await clientOf(context, options).call<Chain>(path);
      show(context, options, chain, () => printChain(chain, context.terminal));
    });
}
