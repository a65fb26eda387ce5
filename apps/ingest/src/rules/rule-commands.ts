import { Injectable } from '@nestjs/common';
import { defineRule, deleteRule, type Rule, type RuleEvent } from '@signalbox/contracts';
import {
  AppError,
  asAppError,
  type Actor,
  type Command,
  type RecordedEvent,
} from '@signalbox/kernel';
import { EventStore } from '@signalbox/messaging';
import { z } from 'zod';
import { orUnavailable } from '../operator/or-unavailable.ts';
import { ServiceRequests } from '../operator/service-requests.ts';
import { refusalOnWire } from './rule-wire.ts';

const answerSchema = z.object({ version: z.int().positive() });
const lost = {
  code: 'rule_not_recorded',
  message: 'It is not known whether the change of the rule was stored. Look, and try again.',
};

export type Commanded =
  | { readonly status: 'done'; readonly version: number }
  /** Durable, but the router has not answered in time. */
  | { readonly status: 'pending' };

/** Asks the router, which owns the rules; each is in force there before it answers. */
@Injectable()
export class RuleCommands {
  constructor(
    private readonly requests: ServiceRequests,
    private readonly store: EventStore,
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

  private async ask(command: Command, actor: Actor): Promise<Commanded> {
    try {
      const asked = await this.requests.ask(command, { actor, answer: answerSchema, lost });
      return asked.status === 'done' ? { status: 'done', ...asked.answer } : asked;
    } catch (error) {
      throw refusalOnWire(asAppError(error));
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
