import { jsonObject } from '@signalbox/kernel';
import { brokenOff } from './model-failure.ts';
import type { ModelAnswer, ModelRequest, ModelToolUse, OnText, TokenUsage } from './model.port.ts';
import { UnusableAnswer } from './unusable-answer.ts';

/** Of text and arguments together: a server that never ends must not fill our memory. */
const ANSWER_CHARS_MAX = 1_000_000;
/** What every tool use counts towards it, however short it is. */
const TOOL_USE_CHARS = 100;

/** How a model came to an end of its own. */
export type AnswerEnd = 'whole' | 'cut' | 'refused';

/** A tool use while its arguments come in. */
export interface DraftedUse {
  readonly id: string | undefined;
  name: string;
  json: string;
}

/** An answer while it comes in, in whichever format; `finish` says whether it is one. */
export class AnswerDraft {
  usage: TokenUsage = { promptTokens: 0, completionTokens: 0 };
  /** As the provider calls it. */
  model: string;
  /** Unknown until the model has ended; an answer that never says so was cut off on its way. */
  end: AnswerEnd | undefined;
  /** The provider's or the model's own words for why it refuses. */
  refusal = '';
  #text = '';
  #chars = 0;
  readonly #uses: DraftedUse[] = [];

  constructor(
    private readonly request: ModelRequest,
    private readonly onText?: OnText,
  ) {
    this.model = request.model;
  }

  say(delta: string): void {
    if (delta === '') return;
    this.#grow(delta.length);
    this.#text += delta;
    this.onText?.(delta, { provider: this.request.provider, model: this.request.model });
  }

  /** A tool use begins; they keep the order in which they do. */
  use(name: string, id?: string): DraftedUse {
    this.#grow(TOOL_USE_CHARS);
    const use = { id, name, json: '' };
    this.#uses.push(use);
    return use;
  }

  argue(use: DraftedUse, delta: string): void {
    this.#grow(delta.length);
    use.json += delta;
  }

  /** @throws ModelFailure for half an answer; UnusableAnswer. */
  finish(): ModelAnswer {
    if (this.end === undefined) {
      throw brokenOff('the stream ended before the answer did');
    }
    // What is left of a plan whose end is missing is another plan.
    if (this.end === 'cut') throw this.unusable('answer_cut', 'the answer was cut at its limit');
    if (this.end === 'refused' || this.refusal !== '') {
      throw this.unusable('answer_refused', `it refused to answer: ${this.refusal || 'no reason'}`);
    }
    const toolUses = this.#uses.map((use) => this.#finished(use));
    if (this.#text.trim() === '' && toolUses.length === 0) {
      throw this.unusable('empty_answer', `${this.request.model} answered with nothing`);
    }
    const { provider } = this.request;
    const told = { ...this.usage, provider, model: this.model, offline: false };
    return { text: this.#text, toolUses, ...told };
  }

  unusable(code: string, problem: string): UnusableAnswer {
    const { promptTokens, completionTokens } = this.usage;
    return new UnusableAnswer(promptTokens, completionTokens, {
      code,
      message: `model: ${problem}`,
      usage: this.usage,
      by: { provider: this.request.provider, model: this.model },
    });
  }

  #finished({ id, name, json }: DraftedUse): ModelToolUse {
    const given = jsonObject.safeParse(jsonIn(json));
    if (given.success) return { ...(id ? { id } : {}), name, arguments: given.data };
    const problem = `the arguments of the tool ${JSON.stringify(name)} are not a JSON object`;
    throw this.unusable('malformed_arguments', problem);
  }

  #grow(chars: number): void {
    this.#chars += chars;
    if (this.#chars <= ANSWER_CHARS_MAX) return;
    throw this.unusable('answer_too_large', `the answer is longer than ${ANSWER_CHARS_MAX} chars`);
  }
}

/** Providers send '' for a tool that takes no arguments. */
function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text.trim() === '' ? '{}' : text);
  } catch {
    return undefined;
  }
}
