import type { Signal } from '@signalbox/contracts';
import { AppError } from '@signalbox/kernel';
import {
  type ModelAnswer,
  type ModelMessage,
  type ModelPort,
  OFFLINE_PROVIDER,
  UnusableAnswer,
} from '@signalbox/models';
import { excerpt } from '../conversation/excerpt.ts';
import type { History } from '../conversation/history.ts';
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
export interface Routed {
  readonly routing: Routing;
  /** A confidence below this, where one was stated, needs a person's approval. */
  readonly confidenceMin: number;
  readonly provider: string;
  readonly model: string;
  readonly offline: boolean;
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** Asks a model where a signal belongs. An answer that cannot be used is asked for again. */
export class SignalRouter {
  readonly #asked: RoutingModel;

  constructor(asked: RoutingModel) {
    this.#asked = asked;
  }

  /**
   * Without a usable answer the routing is a question to a person, never an action.
   * @throws AppError `unavailable` or `limited` as `ModelPort` does.
   */
  async route({ signal, targets, history }: RoutingCase, abort: AbortSignal): Promise<Routed> {
    const { confidenceMin } = this.#asked;
    const messages: ModelMessage[] = [routingQuestion(signal, history)];
    const tokens = { promptTokens: 0, completionTokens: 0 };
    const pay = (paid: typeof tokens) => {
      tokens.promptTokens += paid.promptTokens;
      tokens.completionTokens += paid.completionTokens;
    };
    let problem = '';
    for (let asked = 0; asked < QUESTIONS_MAX; asked++) {
      try {
        const answer = await this.#ask(messages, targets, abort);
        pay(answer);
        const routing = routingOf(answer, targets);
        const { provider, model, offline } = answer;
        return { routing, confidenceMin, provider, model, offline, ...tokens };
      } catch (error) {
        if (!(error instanceof AppError) || error.kind !== 'invalid') throw error;
        if (error instanceof UnusableAnswer) pay(error);
        problem = error.message.slice(0, REASON_CHARS_MAX);
        messages.push(routingCorrection(problem));
      }
    }
    const reason = `no usable answer after ${QUESTIONS_MAX} questions: ${problem}`;
    return { ...this.nobody(reason), ...tokens };
  }

  /** The routing when the model could not be asked. */
  nobody(reason: string): Routed {
    const { provider, model, confidenceMin } = this.#asked;
    const said = excerpt(reason, REASON_CHARS_MAX);
    const message = `The model could not route this signal: ${said}`;
    return {
      routing: { kind: 'ask', message, reasoning: said },
      confidenceMin,
      provider,
      model,
      offline: provider === OFFLINE_PROVIDER,
      promptTokens: 0,
      completionTokens: 0,
    };
  }

  #ask(
    messages: readonly ModelMessage[],
    targets: Targets,
    abort: AbortSignal,
  ): Promise<ModelAnswer> {
    const { port, provider, model } = this.#asked;
    const tools = routingTools(targets);
    return port.complete(
      { provider, model, system: routingSystem, messages: [...messages], tools },
      abort,
    );
  }
}
