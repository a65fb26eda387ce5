import { NestFactory } from '@nestjs/core';
import { allEvents } from '@signalbox/contracts';
import { EventFeed } from '@signalbox/messaging';
import { rebuildReadModels } from '@signalbox/read-models';
import { PlatformModule, type Env } from '@signalbox/service';
import { loadConfig } from './config.ts';
import { readModelOptions } from './read-model.options.ts';

/** Rebuilds the read models beside the live ones, and switches to them. */
export async function rebuild(env: Env): Promise<void> {
  const config = loadConfig(env);
  const platform = await NestFactory.createApplicationContext(
    PlatformModule.register({ service: 'projector', events: allEvents, config: config.platform }),
    { logger: ['error', 'warn'] },
  );
  const feed = platform.get(EventFeed);
  const live = await rebuildReadModels(readModelOptions(config), (handle) =>
    feed.follow({ after: 0, handle }),
  );
  console.log(JSON.stringify({ rebuilt: live }));
}
