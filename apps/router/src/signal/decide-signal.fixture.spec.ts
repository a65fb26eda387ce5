import {
  type Agent,
  agentDefined,
  agentSchema,
  allEvents,
  controlHalted,
  controlResumed,
  decisionMade,
  type Rule,
  ruleDefined,
  ruleDeleted,
  type Signal,
} from '@signalbox/contracts';
import { Clock, type DomainEvent, SystemClock } from '@signalbox/kernel';
import type { CommandBus, EventStore } from '@signalbox/messaging';
import { type ModelAnswer, ModelPort, type ModelRequest } from '@signalbox/models';
import { ControlWatch } from '@signalbox/service';
import { InMemoryEventFeed, InMemoryEventStore, RecordingCommandBus } from '@signalbox/testing';
import { setImmediate } from 'node:timers/promises';
import { Conversations } from '../conversation/conversations.ts';
import { DecisionMaker } from '../decision/decision-maker.ts';
import { DefinitionWatch } from '../definitions/definition-watch.ts';
import { ProblemBook } from '../problem/problem-book.ts';
import { OfflineRouterModel } from '../routing/offline-router.model.ts';
import { SignalRouter } from '../routing/signal-router.ts';
import { DecideSignalHandler } from './decide-signal.handler.ts';

export const QUIET_MS = 3_600_000;

const context = { correlationId: 'c', causationId: 'c', actor: 'person:test', epoch: 0 } as const;

export const agents = ['diagnose_repair', 'escalate', 'take_action'].map((id): Agent =>
  agentSchema.parse({ id, name: id, role: 'r', tools: [], stepsMax: 3 }),
);

/** Lets a test act between a question and its answer, which it gives even when aborted. */
export class ObservedModel extends ModelPort {
  asked = 0;
  readonly #meanwhile: (abort: AbortSignal) => unknown;

  constructor(meanwhile: (abort: AbortSignal) => unknown = () => undefined) {
    super();
    this.#meanwhile = meanwhile;
  }

  async complete(request: ModelRequest, abort: AbortSignal): Promise<ModelAnswer> {
    this.asked++;
    await this.#meanwhile(abort);
    return new OfflineRouterModel().complete(request, new AbortController().signal);
  }
}

/** One router on a log of its own. */
export async function platform(
  model: ModelPort = new ObservedModel(),
  clock: Clock = new SystemClock(),
) {
  const store = new InMemoryEventStore({ definitions: allEvents });
  const feed = new InMemoryEventFeed(store.log, allEvents);
  const control = new ControlWatch(feed, clock);
  const definitions = new DefinitionWatch(store, feed);
  await control.onModuleInit();
  await definitions.onModuleInit();
  const commands = new RecordingCommandBus();
  const router = new SignalRouter({
    port: model,
    provider: 'offline',
    model: 'offline-router',
    confidenceMin: 0.5,
  });
  const conversations = new Conversations(store);
  const decisions = new DecisionMaker(control, definitions, router, conversations);
  const append = async (aggregate: string, id: string, event: DomainEvent) => {
    const { head } = await store.read({ aggregate, id });
    await store.append({ aggregate, id }, head, [event], context);
  };
  const define = async (aggregate: string, id: string, event: DomainEvent) => {
    await append(aggregate, id, event);
    await definitions.whenCaughtUp();
  };
  const switchTo = async (event: DomainEvent, halted: boolean) => {
    await append('control', 'global', event);
    while (control.halted !== halted) await setImmediate();
  };
  /** The handler of one more router, which has seen nothing yet. */
  const another = (ports: { store?: EventStore; commands?: CommandBus; clock?: Clock } = {}) => {
    const through = { store, commands, clock, ...ports };
    const problems = new ProblemBook(through.store, { quietMs: QUIET_MS, clock: through.clock });
    return new DecideSignalHandler(through.store, through.commands, decisions, problems);
  };
  return {
    store,
    commands,
    handler: another(),
    another,
    define: (agent: Agent) => define('agent', agent.id, agentDefined.of({ agent })),
    defineRule: (rule: Rule) => define('rule', rule.id, ruleDefined.of({ rule })),
    deleteRule: (id: string) => define('rule', id, ruleDeleted.of({})),
    halt: () => switchTo(controlHalted.of({ reason: 'test' }), true),
    resume: () => switchTo(controlResumed.of({ reason: 'test' }), false),
    decisionOn: async ({ id }: Signal) => {
      const { events } = await store.read({ aggregate: 'signal', id });
      expect(events.map(({ type }) => type)).toEqual(['signal.received', decisionMade.type]);
      return decisionMade.schema.parse(events[1]?.data);
    },
    eventsOf: async ({ id }: Signal) => (await store.read({ aggregate: 'signal', id })).events,
    problemOf: async ({ problemId = '' }: Signal) =>
      (await store.read({ aggregate: 'problem', id: problemId })).events,
  };
}

export async function readyPlatform(...options: Parameters<typeof platform>) {
  const ready = await platform(...options);
  for (const agent of agents) await ready.define(agent);
  return ready;
}
