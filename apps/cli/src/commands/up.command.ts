import type { Command } from 'commander';
import type { CommandContext } from './context.ts';

interface UpFlags {
  readonly sample: boolean;
  readonly processes?: boolean;
}

/** `signalbox up`: everything on this machine. */
export function addUp(parent: Command, { env }: CommandContext): void {
  parent
    .command('up')
    .description('start everything on this machine, and stay until Ctrl-C')
    .option('--no-sample', 'do not send the sample incident through')
    .option('--processes', 'one process for each app')
    .action(async ({ sample, processes = false }: UpFlags) => {
      // Loaded here, so that the client commands start without the servers' code.
      const { up } = await import('../up/up.ts');
      await up({ sample, processes }, env);
    });
}
