import { Injectable } from '@nestjs/common';
import { type Signal, type SignalEvent, signalSchema } from '@signalbox/contracts';
import { AppError, Clock, newId, type Json } from '@signalbox/kernel';
import { EventStore } from '@signalbox/messaging';
import type { Evaluation, RuleSet } from '@signalbox/rules';
import { signalsIn } from '../intake/accept-delivery.handler.ts';
import { DefinitionWatch } from '../definitions/definition-watch.ts';
import { orUnavailable } from '../operator/or-unavailable.ts';
import { Sources } from '../sources/sources.ts';
import { candidates, compileCandidates, type RuleInput } from './rule-wire.ts';

export interface TestRules {
  /** Those in force when absent. */
  readonly rules?: readonly RuleInput[] | undefined;
  /** A webhook's body, or a signal as it is recorded. */
  readonly event?: Json | undefined;
  /** Who would have sent the body, as the webhook's path names it. */
  readonly source?: string | undefined;
  /** Of a recorded one, instead of an event. */
  readonly signalId?: string | undefined;
}

export interface TestedRules {
  readonly signal: Signal;
  readonly evaluation: Evaluation;
}

/** What rules would make of one signal. It writes nothing and asks no model. */
@Injectable()
export class TestRulesHandler {
  constructor(
    private readonly definitions: DefinitionWatch,
    private readonly store: EventStore,
    private readonly clock: Clock,
    private readonly sources: Sources,
  ) {}

  /**
   * @throws AppError `invalid` naming the field, `missing` signal_not_found, `unavailable` when a
   * rule that is stored cannot be used.
   */
  async handle({ rules, event, source, signalId }: TestRules): Promise<TestedRules> {
    const signal =
      signalId === undefined ? this.signalIn(event ?? null, source) : await this.recorded(signalId);
    const ruleSet = rules ? this.compiled(rules) : await this.inForce();
    // As the router has it: a signal that says its problem is over is tried against no rule.
    const evaluation = signal.status === 'resolved' ? { trace: [] } : ruleSet.evaluate(signal);
    return { signal, evaluation };
  }

  private signalIn(event: Json, source: string | undefined): Signal {
    const canonical = signalSchema.safeParse(event);
    if (canonical.success) return canonical.data;
    const receivedAt = this.clock.now();
    const configured = source === undefined ? undefined : this.sources.named(source);
    const signals = signalsIn({
      id: newId(receivedAt),
      receivedAt,
      bytes: Buffer.from(JSON.stringify(event)),
      contentType: 'application/json',
      headers: {},
      body: event,
      source: configured?.name ?? source,
      format: configured?.format,
      idempotencyKey: undefined,
    });
    const [signal] = signals;
    if (signal && signals.length === 1) return signal;
    throw wrong('event', `holds ${signals.length} signals; one is tested at a time`);
  }

  private async recorded(id: string): Promise<Signal> {
    const { events } = await orUnavailable(this.store.read({ aggregate: 'signal', id }), {
      code: 'signal_not_read',
      message: 'The signal cannot be read at present.',
    });
    for (const event of events as readonly SignalEvent[]) {
      if (event.type === 'signal.received') return event.data.signal;
    }
    throw new AppError({
      code: 'signal_not_found',
      kind: 'missing',
      message: `No signal ${id} was taken.`,
    });
  }

  private compiled(inputs: readonly RuleInput[]): RuleSet {
    return compileCandidates(candidates(inputs, this.definitions.rules.values(), this.clock.now()));
  }

  private async inForce(): Promise<RuleSet> {
    await this.definitions.whenCaughtUp();
    const [unusable] = await this.definitions.unusableRules();
    if (!unusable) return this.definitions.ruleSet();
    const message = `The rules in force cannot be used: ${unusable.problem}`;
    throw new AppError({ code: 'rules_unusable', kind: 'unavailable', message });
  }
}

function wrong(field: string, problem: string): AppError {
  const fields = [{ field, problem }];
  return new AppError({
    code: 'invalid_input',
    kind: 'invalid',
    message: `test: ${field}: ${problem}`,
    fields,
  });
}
