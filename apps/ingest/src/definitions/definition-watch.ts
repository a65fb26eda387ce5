import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import {
  type Agent,
  type DefinitionEvent,
  type RuleEvent,
  type VersionedRule,
  type Workflow,
} from '@signalbox/contracts';
import { asAppError, type RecordedEvent } from '@signalbox/kernel';
import { EventFeed, followForever, type Following } from '@signalbox/messaging';
import { checkRule, compileRules, type RuleSet } from '@signalbox/rules';
import { orUnavailable } from '../operator/or-unavailable.ts';

/** A rule as the log tells it. */
export interface RecordedRule extends VersionedRule {
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A rule that keeps the router from deciding. */
export interface UnusableRule {
  readonly id: string;
  readonly name: string;
  readonly problem: string;
}

/** The rules, agents and workflows there are, straight from the log: there without Postgres. */
@Injectable()
export class DefinitionWatch implements OnModuleInit, OnModuleDestroy {
  /** Those that were not deleted, also inactive ones. */
  readonly rules = new Map<string, RecordedRule>();
  readonly agents = new Map<string, Agent>();
  readonly workflows = new Map<string, Workflow>();
  private readonly problems = new WeakMap<RecordedRule, string | undefined>();
  private compiled: RuleSet<RecordedRule> | undefined;
  private following: Following | undefined;

  constructor(private readonly events: EventFeed) {}

  /**
   * The rules in force, as the router has them.
   * @throws AppError `invalid` with code `unusable_pattern`: then the router decides nothing.
   */
  ruleSet(): RuleSet<RecordedRule> {
    return (this.compiled ??= compileRules([...this.rules.values()]));
  }

  /** The rules because of which nothing is decided; none as a rule. */
  unusableRules(): readonly UnusableRule[] {
    return [...this.rules.values()].flatMap((rule) => {
      const problem = rule.active ? this.problemOf(rule) : undefined;
      return problem === undefined ? [] : [{ id: rule.id, name: rule.name, problem }];
    });
  }

  /**
   * Resolves once all that stood in the stream when this was called is known here.
   * @throws AppError `unavailable` while the stream is not followed, or when that takes too long.
   */
  async whenCaughtUp(): Promise<void> {
    await orUnavailable(this.following?.whenCaughtUp() ?? Promise.resolve(), {
      code: 'rules_not_read',
      message: 'The rules cannot be read at present, so nothing was done.',
    });
  }

  async onModuleInit(): Promise<void> {
    this.following = await followForever(this.events, {
      name: 'rules, agents and workflows',
      aggregates: ['rule', 'agent', 'workflow'],
      handle: (events) =>
        events.forEach((event) => this.observe(event as RecordedEvent<DefinitionEvent>)),
    });
  }

  async onModuleDestroy(): Promise<void> {
    await this.following?.stop();
  }

  /** Looked for once for each version of a rule: a pattern takes its time. */
  private problemOf(rule: RecordedRule): string | undefined {
    if (!this.problems.has(rule)) {
      try {
        checkRule(rule);
        this.problems.set(rule, undefined);
      } catch (error) {
        this.problems.set(rule, asAppError(error).message);
      }
    }
    return this.problems.get(rule);
  }

  private observe(event: RecordedEvent<DefinitionEvent>): void {
    const id = event.record.aggregateId;
    switch (event.type) {
      case 'agent.defined':
        this.agents.set(id, event.data.agent);
        break;
      case 'workflow.defined':
        this.workflows.set(id, event.data.workflow);
        break;
      case 'rule.defined':
      case 'rule.deleted': {
        this.compiled = undefined;
        const rule = afterEvent(this.rules.get(id), event);
        if (rule) this.rules.set(id, rule);
        else this.rules.delete(id);
      }
    }
  }
}

/** The rule as an event leaves it; undefined when that was its deletion. */
export function afterEvent(
  before: RecordedRule | undefined,
  { record, ...event }: RecordedEvent<RuleEvent>,
): RecordedRule | undefined {
  if (event.type === 'rule.deleted') return undefined;
  const { version, time } = record;
  return { ...event.data.rule, version, createdAt: before?.createdAt ?? time, updatedAt: time };
}
