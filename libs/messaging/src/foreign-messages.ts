import type { RecordedEvent } from '@signalbox/kernel';
import { Logger } from '@nestjs/common';
import type { EventCodec } from './event-codec.ts';
import type { StoredMessage } from './event-envelope.ts';

/** Beyond it, a message that is read again may be told again. */
const TOLD_MAX = 1_000;

/** What stands on the audit stream and is no event: left out, and told once. */
export class ForeignMessages {
  readonly #logger = new Logger('AuditStream');
  readonly #told = new Set<number>();

  /** The events among `messages`. @throws AppError as `EventCodec.decode` does. */
  eventsAmong(messages: readonly StoredMessage[], codec: EventCodec): readonly RecordedEvent[] {
    return messages.flatMap((message) => {
      const event = codec.decode(message);
      if (!event) this.tell(message);
      return event ?? [];
    });
  }

  tell({ subject, sequence }: Pick<StoredMessage, 'subject' | 'sequence'>): void {
    if (this.#told.has(sequence)) return;
    if (this.#told.size >= TOLD_MAX) this.#told.clear();
    this.#told.add(sequence);
    this.#logger.error(
      `message ${sequence} on ${JSON.stringify(subject)} is left out: it is no event of ours`,
    );
  }
}
