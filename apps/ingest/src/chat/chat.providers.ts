import type { Provider } from '@nestjs/common';
import { EventStore } from '@signalbox/messaging';
import { SignalPublisher } from '../intake/signal-publisher.port.ts';
import { ChatHandler } from './chat.handler.ts';
import { StoryWatch } from './story-watch.ts';

/** What the chat is made of. */
export function chatProviders({ chatWaitMs: waitMs }: { readonly chatWaitMs: number }): Provider[] {
  return [
    StoryWatch,
    {
      provide: ChatHandler,
      inject: [SignalPublisher, EventStore, StoryWatch],
      useFactory: (publisher: SignalPublisher, store: EventStore, watch: StoryWatch) =>
        new ChatHandler(publisher, store, watch, { waitMs }),
    },
  ];
}
