import type { Signal } from '@signalbox/contracts';
import { AppError } from '@signalbox/kernel';
import type { ModelAnswer, ModelMessage, ModelPort } from '@signalbox/models';
import { OFFLINE_PROVIDER } from '@signalbox/models';
import { routingCorrection, routingQuestion, routingSystem } from './routing-prompt.ts';
import { type Routing, routingOf, routingTools, type Targets } from './routing-tools.ts';

/** How often a model that gives no usable answer is asked for one signal. */
const QUESTIONS_MAX = 3;

/** Which model is asked. */
export interface RoutingModel {
  readonly port: ModelPort;
  readonly provider: string;
  readonly model: string;
}

/** A routing, and who gave it at what price. */
export interface Routed {
  readonly routing: Routing;
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
  async route(signal: Signal, targets: Targets, abort: AbortSignal): Promise<Routed> {
    const messages: ModelMessage[] = [routingQuestion(signal)];
    let promptTokens = 0;
    let completionTokens = 0;
    let problem = '';
    for (let asked = 0; asked < QUESTIONS_MAX; asked++) {
      try {
        const answer = await this.#ask(messages, targets, abort);
        promptTokens += answer.promptTokens;
        completionTokens += answer.completionTokens;
        const routing = routingOf(answer, targets);
        const { provider, model, offline } = answer;
        return { routing, provider, model, offline, promptTokens, completionTokens };
      } catch (error) {
        if (!(error instanceof AppError) || error.kind !== 'invalid') throw error;
        problem = error.message;
        messages.push(routingCorrection(problem));
      }
    }
    const reason = `no usable answer after ${QUESTIONS_MAX} questions: ${problem}`;
    return { ...this.nobody(reason), promptTokens, completionTokens };
  }

  /** The routing when the model could not be asked. */
  nobody(reason: string): Routed {
    const { provider, model } = this.#asked;
    const message = `The model could not route this signal: ${reason}`;
    return {
      routing: { kind: 'ask', message, reasoning: reason },
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
