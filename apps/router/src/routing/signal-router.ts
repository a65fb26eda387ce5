import type { Signal } from '@signalbox/contracts';
import type { BudgetRefusal } from '@signalbox/executions';
import { AppError } from '@signalbox/kernel';
import {
  callLimits,
  type ModelAnswer,
  type ModelMessage,
  type ModelName,
  type ModelPort,
  type ModelRequest,
  OFFLINE_PROVIDER,
  UnusableAnswer,
} from '@signalbox/models';
import { excerpt } from '../conversation/excerpt.ts';
import type { History } from '../conversation/history.ts';
import type { RoutingBudget } from './routing-budget.ts';
import { NO_COST, type RoutingCost, withAnswer } from './routing-cost.ts';
import { routingCorrection, routingQuestion, routingSystem } from './routing-prompt.ts';
import { type Routing, routingOf, routingTools, type Targets } from './routing-tools.ts';

/** How often a model that gives no usable answer is asked for one signal. */
const QUESTIONS_MAX = 3;
/** Of why no answer could be taken: a provider's words may be part of it. */
const REASON_CHARS_MAX = 1_000;

/** Which model is asked, and how sure it has to be to act without a person. */
export interface RoutingModel {
  readonly port: ModelPort;
  readonly provider: string;
  readonly model: string;
  /** Who is asked when that one is away; nobody when absent. */
  readonly fallbacks?: readonly ModelName[];
  /** 0 to 1. */
  readonly confidenceMin: number;
}

/** What is to be routed, and what the model has to know for that. */
export interface RoutingCase {
  readonly signal: Signal;
  readonly targets: Targets;
  /** What was said before in the signal's conversation. */
  readonly history?: History | undefined;
}

/** A routing, and who gave it at what price. */
export interface Routed extends RoutingCost {
  readonly routing: Routing;
  /** A confidence below this, where one was stated, needs a person's approval. */
  readonly confidenceMin: number;
  readonly provider: string;
  readonly model: string;
  readonly offline: boolean;
}

/** Asks a model where a signal belongs. An answer that cannot be used is asked for again. */
export class SignalRouter {
  readonly #asked: RoutingModel;
  readonly #budget: RoutingBudget | undefined;

  /** @param budget nothing limits the questions when it is absent. */
  constructor(asked: RoutingModel, budget?: RoutingBudget) {
    this.#asked = asked;
    this.#budget = budget;
  }

  /**
   * Without a usable answer, or a budget that the next question could not pass, the routing is a
   * question to a person, never an action.
   * @throws AppError `unavailable` or `limited` as `ModelPort` does.
   */
  async route({ signal, targets, history }: RoutingCase, abort: AbortSignal): Promise<Routed> {
    const { provider, model, confidenceMin } = this.#asked;
    const tools = routingTools(targets);
    const messages: ModelMessage[] = [routingQuestion(signal, history)];
    let cost = NO_COST;
    let problem = '';
    for (let asked = 0; asked < QUESTIONS_MAX; asked++) {
      const request = { provider, model, system: routingSystem, messages: [...messages], tools };
      try {
        const answer = await this.#ask(signal, request, { cost, abort });
        if ('admitted' in answer) return { ...this.nobody(answer.detail), ...cost };
        cost = withAnswer(cost, answer, [answer, this.#asked]);
        const routing = routingOf(answer, targets);
        const by = { provider: answer.provider, model: answer.model, offline: answer.offline };
        return { routing, confidenceMin, ...by, ...cost };
      } catch (error) {
        if (!isUnusable(error)) {
          this.#budget?.settle(signal, cost);
          throw error;
        }
        if (error instanceof UnusableAnswer) {
          cost = withAnswer(cost, error.usage, [error.by ?? this.#asked, this.#asked]);
        }
        problem = error.message.slice(0, REASON_CHARS_MAX);
        messages.push(routingCorrection(problem));
      }
    }
    const reason = `no usable answer after ${QUESTIONS_MAX} questions: ${problem}`;
    return { ...this.nobody(reason), ...cost };
  }

  /** The routing when the model could not be asked. */
  nobody(reason: string): Routed {
    const { provider, model, confidenceMin } = this.#asked;
    const said = excerpt(reason, REASON_CHARS_MAX);
    const message = `The model could not route this signal: ${said}`;
    const routing = { kind: 'ask' as const, message, reasoning: said };
    const offline = provider === OFFLINE_PROVIDER;
    return { routing, confidenceMin, provider, model, offline, ...NO_COST };
  }

  async #ask(
    signal: Signal,
    request: ModelRequest,
    { cost, abort }: { readonly cost: RoutingCost; readonly abort: AbortSignal },
  ): Promise<ModelAnswer | BudgetRefusal> {
    const { port, provider, model, fallbacks = [] } = this.#asked;
    const candidates = [{ provider, model }, ...fallbacks];
    const call = { candidates, ...callLimits(request, candidates) };
    const admission = await this.#budget?.admit(signal, call, cost);
    if (admission?.admitted === false) return admission;
    const { outputTokensMax } = admission ?? {};
    const limit = outputTokensMax === undefined ? {} : { outputTokensMax };
    return port.complete({ ...request, ...limit }, abort);
  }
}

/** The model may do better when it is told why. */
function isUnusable(error: unknown): error is AppError {
  return error instanceof AppError && error.kind === 'invalid';
}
