import { Module, type DynamicModule } from '@nestjs/common';
import { allEvents } from '@signalbox/contracts';
import { EventFeed } from '@signalbox/messaging';
import { PlatformModule } from '@signalbox/service';
import type { ProjectorConfig } from './config.ts';
import { ProjectorService } from './projector.service.ts';
import { readModelOptions } from './read-model.options.ts';

@Module({})
export class ProjectorModule {
  static register(config: ProjectorConfig): DynamicModule {
    return {
      module: ProjectorModule,
      imports: [
        PlatformModule.register({
          service: 'projector',
          events: allEvents,
          config: config.platform,
        }),
      ],
      providers: [
        {
          provide: ProjectorService,
          inject: [EventFeed],
          useFactory: (feed: EventFeed) => new ProjectorService(feed, readModelOptions(config)),
        },
      ],
    };
  }
}
