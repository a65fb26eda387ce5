import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { DefinitionEvent, Workflow } from '@signalbox/contracts';
import { asAppError, type RecordedEvent } from '@signalbox/kernel';
import { EventFeed, followForever, type Following } from '@signalbox/messaging';
import { compileRules, type RuleSet } from '@signalbox/rules';
import { orUnavailable } from '../operator/or-unavailable.ts';
import { recorded, type RecordedAgent, type RecordedRule } from './recorded.ts';
import { turns } from './turns.ts';

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
  readonly agents = new Map<string, RecordedAgent>();
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

  /**
   * The rules because of which nothing is decided; none as a rule. Those that are new are looked at
   * while others have their turns.
   */
  async unusableRules(): Promise<readonly UnusableRule[]> {
    const unusable: UnusableRule[] = [];
    const turn = turns();
    for (const rule of [...this.rules.values()].filter(({ active }) => active)) {
      await turn();
      const problem = this.problemOf(rule);
      if (problem !== undefined) unusable.push({ id: rule.id, name: rule.name, problem });
    }
    return unusable;
  }

  /**
   * Resolves once all that stood in the stream when this was called is known here.
   * @param what is asked for, in the words of a refusal.
   * @throws AppError `unavailable` while the stream is not followed, or when that takes too long.
   */
  async whenCaughtUp(what: 'rules' | 'agents' = 'rules'): Promise<void> {
    await orUnavailable(this.following?.whenCaughtUp() ?? Promise.resolve(), {
      code: `${what}_not_read`,
      message: `The ${what} cannot be read at present, so nothing was done.`,
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

  /** Looked for once for each version of a rule, which then is ready: a pattern takes its time. */
  private problemOf(rule: RecordedRule): string | undefined {
    if (!this.problems.has(rule)) {
      try {
        compileRules([rule]);
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
        this.agents.set(id, recorded(event.data.agent, event.record, this.agents.get(id)));
        break;
      case 'agent.deleted':
        this.agents.delete(id);
        break;
      case 'workflow.defined':
        this.workflows.set(id, event.data.workflow);
        break;
      case 'rule.defined':
        this.compiled = undefined;
        this.rules.set(id, recorded(event.data.rule, event.record, this.rules.get(id)));
        break;
      case 'rule.deleted':
        this.compiled = undefined;
        this.rules.delete(id);
    }
  }
}
