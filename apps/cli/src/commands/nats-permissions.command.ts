import type { ConfinedService } from '@signalbox/service';
import { Argument, type Command } from 'commander';
import type { CommandContext } from './context.ts';

const services: readonly ConfinedService[] = ['tool-gateway'];

/** `signalbox nats-permissions`: for a NATS server of your own. */
export function addNatsPermissions(parent: Command, { terminal, env }: CommandContext): void {
  parent
    .command('nats-permissions')
    .description('print the NATS configuration that gives a service its own rights and no others')
    .addArgument(new Argument('<service>').choices(services))
    .action(async (service: ConfinedService) => {
      // Loaded here, so that the client commands start without the servers' code.
      const { natsPermissions } = await import('../up/nats-permissions.ts');
      terminal.line(natsPermissions(service, env));
    });
}
