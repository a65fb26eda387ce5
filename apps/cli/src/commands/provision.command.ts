import { AppError } from '@signalbox/kernel';
import type { Command } from 'commander';
import type { CommandContext } from './context.ts';

/** `signalbox provision`: servers of your own, before services start on them. */
export function addProvision(parent: Command, { terminal, env }: CommandContext): void {
  parent
    .command('provision')
    .description('set up streams and tables on NATS and PostgreSQL servers of your own')
    .action(async () => {
      // Loaded here, so that the client commands start without the servers' code.
      const [{ loadUpConfig }, { provisionServers }] = await Promise.all([
        import('../up/up.config.ts'),
        import('../up/provision-servers.ts'),
      ]);
      const config = loadUpConfig(env);
      const { natsUrl, databaseUrl, replicas } = config;
      if (natsUrl === undefined) throw missing('SIGNALBOX_NATS_URL');
      if (databaseUrl === undefined) throw missing('SIGNALBOX_DATABASE_URL');
      await provisionServers({ ...config, natsUrl, databaseUrl }, config);
      const copies = replicas === 1 ? 'one copy' : `${replicas} copies`;
      terminal.line(`Streams, with ${copies} of each message, and tables are as they should be.`);
    });
}

function missing(variable: string): AppError {
  const message = `${variable} has to name a server: npm start brings its own.`;
  return new AppError({ code: 'server_not_named', kind: 'invalid', message });
}
