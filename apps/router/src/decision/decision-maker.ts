import { Injectable } from '@nestjs/common';
import type { DecisionMade, Signal, SignalEvent, VersionedRule } from '@signalbox/contracts';
import {
  type Actor,
  AppError,
  type MessageContext,
  ownStory,
  type RecordedEvent,
} from '@signalbox/kernel';
import { decodeHeaderValue, headerNames, type ReceivedMessage } from '@signalbox/messaging';
import type { Evaluation } from '@signalbox/rules';
import { ControlWatch } from '@signalbox/service';
import { Conversations } from '../conversation/conversations.ts';
import { DefinitionWatch, type InForce } from '../definitions/definition-watch.ts';
import { type Routed, SignalRouter } from '../routing/signal-router.ts';
import { decide, type Grounds, needsModel } from './decision.ts';
import { type FollowUp, followUpOf, storyOf } from './follow-up.ts';

/**
 * How often a signal is delivered while its model cannot be reached, before a person is asked
 * instead. With the consumer's pauses that is about half an hour.
 */
const MODEL_DELIVERIES_MAX = 30;

type Delivered = Pick<ReceivedMessage, 'deliveries' | 'headers'>;

/** Decided, but not yet recorded. */
export interface Decided {
  readonly decision: DecisionMade;
  /** The control epoch under which it was decided. */
  readonly epoch: number;
}

/** Brings together what a decision rests on: the kill switch, the rules, the model. */
@Injectable()
export class DecisionMaker {
  constructor(
    private readonly control: ControlWatch,
    private readonly definitions: DefinitionWatch,
    private readonly router: SignalRouter,
    private readonly conversations: Conversations,
  ) {}

  /** The control epoch as it is known now. */
  get epoch(): number {
    return this.control.epoch;
  }

  /**
   * @throws AppError `unavailable` when the log, the kill switch, the rules or the model are out of
   * reach.
   */
  async decide(signal: Signal, message: Delivered): Promise<Decided> {
    // Taken first: a halt after this makes what follows from the decision stale, not unnoticed.
    const { epoch } = this;
    // Whatever is decided: what was said is part of what is said next.
    await this.conversations.join(signal, contextOf(signal, message, epoch));
    const grounds = await this.groundsFor(signal, message.deliveries);
    return { decision: decide(signal, grounds), epoch };
  }

  /** What has to be done because of the decision in a signal's log; always the same. */
  async followUp(log: readonly RecordedEvent<SignalEvent>[]): Promise<FollowUp | undefined> {
    const story = storyOf(log);
    const { signal, decision } = story;
    if (decision.data.outcome !== 'run') return undefined;
    const history = await this.conversations.before(signal, decision.record.sequence);
    return followUpOf(story, history);
  }

  private async groundsFor(signal: Signal, deliveries: number): Promise<Grounds> {
    if (this.isHalted()) return { kind: 'halted', trace: [] };
    if (signal.status === 'resolved') return { kind: 'resolved' };
    const inForce = this.definitions.inForce();
    const evaluation = inForce.ruleSet.evaluate(signal);
    const { matched, trace } = evaluation;
    if (matched !== undefined && !needsModel(evaluation)) {
      return { kind: 'rule', rule: matched, trace };
    }
    return this.askModel(signal, { evaluation, inForce, deliveries });
  }

  /** A halt aborts the question, and counts even when it is over before the answer. */
  private async askModel(
    signal: Signal,
    asked: { evaluation: Evaluation<VersionedRule>; inForce: InForce; deliveries: number },
  ): Promise<Grounds> {
    const halt = new AbortController();
    const forget = this.control.onHalt(() => halt.abort());
    try {
      const routed = await this.routed(signal, asked, halt.signal);
      if (!halt.signal.aborted && !this.isHalted()) {
        return { kind: 'model', evaluation: asked.evaluation, routed };
      }
    } catch (error) {
      if (!halt.signal.aborted) throw error;
    } finally {
      forget();
    }
    return { kind: 'halted', trace: asked.evaluation.trace };
  }

  private async routed(
    signal: Signal,
    { inForce, deliveries }: { inForce: InForce; deliveries: number },
    abort: AbortSignal,
  ): Promise<Routed> {
    const history = await this.conversations.before(signal);
    try {
      if (inForce.agents.size === 0) throw noAgents();
      return await this.router.route({ signal, targets: inForce, history }, abort);
    } catch (error) {
      const away = error instanceof AppError && ['unavailable', 'limited'].includes(error.kind);
      if (!away || abort.aborted || deliveries < MODEL_DELIVERIES_MAX) throw error;
      return this.router.nobody(error.message);
    }
  }

  /** @throws AppError `unavailable` when nobody can say. */
  private isHalted(): boolean {
    if (this.control.state() === 'halted') return true;
    this.control.assertRunning();
    return false;
  }
}

/** Of what a person said: they are who acts, where the edge let them in. */
function contextOf(signal: Signal, { headers }: Delivered, epoch: number): MessageContext {
  const said = decodeHeaderValue(headers[headerNames.actor] ?? '');
  const actor: Actor = isPerson(said) ? said : `source:${signal.source}`;
  const traceparent = headers[headerNames.traceparent];
  return {
    ...ownStory(signal.id, actor, epoch),
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}

function isPerson(actor: string): actor is `person:${string}` {
  return actor.startsWith('person:');
}

/** At the first start of a platform agents come a moment after signals may. */
function noAgents(): AppError {
  return new AppError({
    code: 'no_agents',
    kind: 'unavailable',
    message: 'No agent is registered.',
  });
}
