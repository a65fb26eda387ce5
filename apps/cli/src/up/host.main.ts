// A process that hosts the apps named in its arguments; the launcher starts it.
import { runMain, type Env, type RunningService } from '@signalbox/service';

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
      running.push(await app.start(env));
    }
  } catch (error) {
    await stop();
    throw error;
  }
  const url = running.find((service) => service.url !== undefined)?.url;
  return { name: 'host', stop, ...(url === undefined ? {} : { url }) };
}

await runMain(startAll);
