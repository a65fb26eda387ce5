import { Injectable } from '@nestjs/common';
import { defineRule, deleteRule, type Rule, type RuleEvent } from '@signalbox/contracts';
import {
  AppError,
  asAppError,
  Clock,
  newId,
  parse,
  type Actor,
  type Command,
  type RecordedEvent,
} from '@signalbox/kernel';
import { CommandBus, EventStore } from '@signalbox/messaging';
import { ControlWatch } from '@signalbox/service';
import { z } from 'zod';
import { orUnavailable } from '../operator/or-unavailable.ts';
import { refusalOnWire } from './rule-wire.ts';

/** How long a person waits for the answer before the command goes on without them. */
const ANSWER_WAIT_MS = 5_000;

const answerSchema = z.object({ version: z.int().positive() });

export type Commanded =
  | { readonly status: 'done'; readonly version: number }
  /** Durable, but the router has not answered in time. */
  | { readonly status: 'pending' };

/** Asks the router, which owns the rules; each is in force there before it answers. */
@Injectable()
export class RuleCommands {
  constructor(
    private readonly bus: CommandBus,
    private readonly store: EventStore,
    private readonly control: ControlWatch,
    private readonly clock: Clock,
  ) {}

  /**
   * @throws AppError as the router refuses, in the names of the wire; `unavailable` when it is not
   * known that the change is durable.
   */
  async define(rule: Rule, expectedVersion: number | undefined, actor: Actor): Promise<Commanded> {
    return this.ask(defineRule.of({ rule, expectedVersion }), actor);
  }

  /** @throws AppError as `define` does. */
  async delete(
    ruleId: string,
    expectedVersion: number | undefined,
    actor: Actor,
  ): Promise<Commanded> {
    return this.ask(deleteRule.of({ ruleId, expectedVersion }), actor);
  }

  /**
   * Every event of a rule, the first one first.
   * @throws AppError `missing` rule_not_found, `unavailable`.
   */
  async history(id: string): Promise<readonly RecordedEvent<RuleEvent>[]> {
    const reading = this.store.read({ aggregate: 'rule', id }, { fresh: true });
    const { events } = await orUnavailable(reading, {
      code: 'rules_not_read',
      message: 'The rules cannot be read at present.',
    });
    if (events.length === 0) throw noSuchRule(id);
    return events as readonly RecordedEvent<RuleEvent>[];
  }

  private ask(command: Command, actor: Actor): Promise<Commanded> {
    return orUnavailable(this.answerTo(command, actor), {
      code: 'rule_not_recorded',
      message: 'It is not known whether the change of the rule was stored. Look, and try again.',
    });
  }

  private async answerTo(command: Command, actor: Actor): Promise<Commanded> {
    const id = newId(this.clock.now());
    const context = { correlationId: id, causationId: id, actor, epoch: this.control.epoch };
    try {
      const answer = await this.bus.request(command, { id, context, waitMs: ANSWER_WAIT_MS });
      return { status: 'done', ...parse(answerSchema, answer, 'answer of router') };
    } catch (error) {
      const refusal = asAppError(error);
      if (refusal.code === 'no_answer_yet') return { status: 'pending' };
      throw refusalOnWire(refusal);
    }
  }
}

export function noSuchRule(id: string): AppError {
  return new AppError({
    code: 'rule_not_found',
    kind: 'missing',
    message: `There is no rule ${id}.`,
  });
}
