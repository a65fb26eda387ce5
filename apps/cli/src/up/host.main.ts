// A process that hosts the apps named in its arguments; the launcher starts it.
import { runMain, type Env, type RunningService } from '@signalbox/service';
import { natsUrlVariable } from './nats-url-variable.ts';

interface AppModule {
  start(env: Env): Promise<RunningService>;
}

async function startAll(env: Env): Promise<RunningService> {
  const running: RunningService[] = [];
  const stop = async () => {
    for (const service of running.toReversed()) await service.stop();
  };
  try {
    for (const name of process.argv.slice(2)) {
      const app = (await import(`@signalbox/${name}`)) as AppModule;
      const natsUrl = env[natsUrlVariable(name)] ?? env['SIGNALBOX_NATS_URL'];
      running.push(await app.start({ ...env, SIGNALBOX_NATS_URL: natsUrl }));
    }
  } catch (error) {
    await stop();
    throw error;
  }
  // The gateway may have an edge too; the platform's is the one of the last app.
  const url = running.findLast((service) => service.url !== undefined)?.url;
  return { name: 'host', stop, ...(url === undefined ? {} : { url }) };
}

await runMain(startAll);
