import { Injectable } from '@nestjs/common';
import {
  asAppError,
  Clock,
  newId,
  ownStory,
  parse,
  type Actor,
  type Command,
} from '@signalbox/kernel';
import { CommandBus } from '@signalbox/messaging';
import { ControlWatch } from '@signalbox/service';
import type { z } from 'zod';
import { orUnavailable, type Unavailable } from './or-unavailable.ts';

/** How long a person waits for the answer before the command goes on without them. */
const ANSWER_WAIT_MS = 5_000;

export type Asked<Answer> =
  | { readonly status: 'done'; readonly answer: Answer }
  /** Durable, but the service has not answered in time. */
  | { readonly status: 'pending' };

export interface Question<Schema extends z.ZodType> {
  /** Whose command it is. */
  readonly actor: Actor;
  /** What the service answers. */
  readonly answer: Schema;
  /** What to say when it is not known whether the command was stored. */
  readonly lost: Unavailable;
}

/** Commands of people to the services that own what they are about. */
@Injectable()
export class ServiceRequests {
  constructor(
    private readonly bus: CommandBus,
    private readonly control: ControlWatch,
    private readonly clock: Clock,
  ) {}

  /** @throws AppError as the service refuses; `unavailable` with the words of `lost`. */
  ask<Schema extends z.ZodType>(
    command: Command,
    question: Question<Schema>,
  ): Promise<Asked<z.output<Schema>>> {
    return orUnavailable(this.answerTo(command, question), question.lost);
  }

  private async answerTo<Schema extends z.ZodType>(
    command: Command,
    { actor, answer: schema }: Question<Schema>,
  ): Promise<Asked<z.output<Schema>>> {
    const id = newId(this.clock.now());
    const context = ownStory(id, actor, this.control.epoch);
    try {
      const answer = await this.bus.request(command, { id, context, waitMs: ANSWER_WAIT_MS });
      return { status: 'done', answer: parse(schema, answer, `answer of ${command.service}`) };
    } catch (error) {
      if (asAppError(error).code === 'no_answer_yet') return { status: 'pending' };
      throw error;
    }
  }
}
