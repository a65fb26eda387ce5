import { Injectable } from '@nestjs/common';
import { deadLetterRedriven, signalIdOf, ulid } from '@signalbox/contracts';
import { asAppError, Clock, idAt, newId, type Actor } from '@signalbox/kernel';
import { EventStore, headerNames, NO_EVENTS, streams, type DeadLetter } from '@signalbox/messaging';
import { ControlWatch } from '@signalbox/service';
import { DeadLetters } from './dead-letters.ts';

/** Puts dead letters back where they came from, on the record. */
@Injectable()
export class RedriveDeadLetterHandler {
  constructor(
    private readonly deadLetters: DeadLetters,
    private readonly store: EventStore,
    private readonly control: ControlWatch,
    private readonly clock: Clock,
  ) {}

  /**
   * Recorded first: what a crash left undone is done by the next try, and who began it is known.
   * @returns the letter that was put back.
   * @throws AppError `missing`, `unavailable` when it is not known that it was put back.
   */
  async handle(sequence: number, actor: Actor): Promise<DeadLetter> {
    const letter = await this.deadLetters.read(sequence);
    await this.record(letter, actor);
    await this.deadLetters.redrive(letter);
    return letter;
  }

  private async record(letter: DeadLetter, actor: Actor): Promise<void> {
    const { sequence, service, code, message, deadAt, stream, subject, originalSequence } = letter;
    const redriven = deadLetterRedriven.of({
      sequence,
      service,
      code,
      reason: message,
      deadAt: deadAt.toISOString(),
      stream,
      subject,
      originalSequence,
    });
    const causationId = newId(this.clock.now());
    const correlationId = storyOf(letter) ?? causationId;
    const context = { correlationId, causationId, actor, epoch: this.control.epoch };
    const id = idAt(deadAt, streams.deadLetters, sequence);
    try {
      await this.store.append({ aggregate: 'dead_letter', id }, NO_EVENTS, [redriven], context);
    } catch (error) {
      if (asAppError(error).kind !== 'conflict') throw error;
    }
  }
}

/** The story that the letter belongs to, as far as it tells. */
function storyOf({ headers, originalSequence: sequence, ...letter }: DeadLetter) {
  const lower = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  if (letter.stream === streams.signals) return signalIdOf({ ...letter, sequence, headers: lower });
  return ulid.safeParse(lower[headerNames.correlationId]).data;
}
