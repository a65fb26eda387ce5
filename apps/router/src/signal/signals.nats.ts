import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { OnMessages, type ReceivedMessage, streams } from '@signalbox/messaging';
import { DecideSignalHandler } from './decide-signal.handler.ts';

@Controller()
export class SignalsNats {
  constructor(private readonly decide: DecideSignalHandler) {}

  @OnMessages(streams.signals)
  onSignal(@Payload() message: ReceivedMessage): Promise<void> {
    return this.decide.handle(message);
  }
}
