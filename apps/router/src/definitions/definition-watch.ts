import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { DefinitionEvent, VersionedRule } from '@signalbox/contracts';
import { AppError, asAppError, type RecordedEvent } from '@signalbox/kernel';
import { EventFeed, EventStore, followForever, type Following } from '@signalbox/messaging';
import { compileRules, type RuleSet } from '@signalbox/rules';
import { seedDefaultRules } from './default-rules.seed.ts';
import { DEFINITION_AGGREGATES, type Definitions, evolve, noDefinitions } from './definitions.ts';

/** What is in force now, ready for use. */
export interface InForce extends Definitions {
  readonly ruleSet: RuleSet<VersionedRule>;
}

/** Keeps the definitions that stand in the audit stream, and their rules compiled. */
@Injectable()
export class DefinitionWatch implements OnModuleInit, OnModuleDestroy {
  private definitions = noDefinitions;
  private ruleSet: RuleSet<VersionedRule> | undefined;
  private following: Following | undefined;

  constructor(
    private readonly store: EventStore,
    private readonly events: EventFeed,
  ) {}

  /**
   * @throws AppError `unavailable` while the audit stream is not followed, or when a rule cannot
   * be compiled: deciding without that rule could let pass what it should have stopped.
   */
  inForce(): InForce {
    if (!this.following?.live) throw unusable('the audit stream is not followed');
    return { ...this.definitions, ruleSet: (this.ruleSet ??= this.compile()) };
  }

  /** All that stands in the stream as far as it was heard, also what cannot be used. */
  get known(): Definitions {
    return this.definitions;
  }

  /** Nothing is decided before the rules that stand in the stream are known. */
  async onModuleInit(): Promise<void> {
    await seedDefaultRules(this.store);
    this.following = await followForever(this.events, {
      name: 'rules, agents and workflows',
      aggregates: DEFINITION_AGGREGATES,
      handle: (events) =>
        events.forEach((event) => this.observe(event as RecordedEvent<DefinitionEvent>)),
    });
  }

  /** Resolves once all that stood in the stream when this was called is in force. */
  async whenCaughtUp(): Promise<void> {
    await this.following?.whenCaughtUp();
  }

  async onModuleDestroy(): Promise<void> {
    await this.following?.stop();
  }

  private observe(event: RecordedEvent<DefinitionEvent>): void {
    this.definitions = evolve(this.definitions, event);
    if (event.record.aggregate === 'rule') this.ruleSet = undefined;
  }

  private compile(): RuleSet<VersionedRule> {
    try {
      return compileRules([...this.definitions.rules.values()]);
    } catch (cause) {
      const way = 'Turn the rule off or delete it: `signalbox rules disable <name>`.';
      throw unusable(`${asAppError(cause).message}. ${way}`, cause);
    }
  }
}

function unusable(reason: string, cause?: unknown): AppError {
  return new AppError({
    code: 'rules_unusable',
    kind: 'unavailable',
    message: `The rules cannot be used: ${reason}`,
    cause,
  });
}
