import { isMain, runMain, startService, type Env } from '@signalbox/service';
import { loadConfig } from './config.ts';
import { ProjectorModule } from './projector.module.ts';
import { rebuild } from './rebuild.command.ts';

export function start(env: Env) {
  const config = loadConfig(env);
  return startService({
    service: 'projector',
    module: ProjectorModule.register(config),
    config: config.platform,
  });
}

if (isMain(import.meta)) {
  if (process.argv[2] === 'rebuild') {
    await rebuild(process.env);
    // The platform's connection would keep us alive; there is nothing left to drain.
    process.exit(0);
  }
  await runMain(start);
}
