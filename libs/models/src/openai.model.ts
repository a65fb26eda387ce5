import { AppError } from '@signalbox/kernel';
import OpenAI, { APIConnectionError, APIError, APIUserAbortError } from 'openai';
import { type ModelAnswer, ModelPort, type ModelRequest } from './model.port.ts';
import { answerOf, completionOf } from './openai.translation.ts';

export interface OpenAiModelOptions {
  readonly baseUrl: string;
  /** Servers of one's own often want none. */
  readonly apiKey?: string;
  /** For one whole call. */
  readonly timeoutMs: number;
}

/** Any server that speaks OpenAI's chat completions. */
export class OpenAiModel extends ModelPort {
  readonly #client: OpenAI;

  constructor({ baseUrl, apiKey, timeoutMs }: OpenAiModelOptions) {
    super();
    this.#client = new OpenAI({
      baseURL: baseUrl,
      // Set or null, so that the SDK looks for nothing in the environment on its own.
      apiKey: apiKey ?? 'none',
      organization: null,
      project: null,
      timeout: timeoutMs,
      maxRetries: 0,
    });
  }

  async complete(request: ModelRequest, signal: AbortSignal): Promise<ModelAnswer> {
    const completion = await this.#client.chat.completions
      .create(completionOf(request), { signal })
      .catch((error: unknown) => {
        throw asModelError(error);
      });
    return answerOf(completion, request);
  }
}

function asModelError(error: unknown): unknown {
  if (!(error instanceof APIError)) return error;
  const failed = (code: string, kind: AppError['kind']) =>
    new AppError({ code, kind, message: `model: ${error.message}`, cause: error });
  if (error instanceof APIUserAbortError) return failed('model_aborted', 'unavailable');
  if (error instanceof APIConnectionError) return failed('model_unavailable', 'unavailable');
  const status = Number(error.status);
  if (status === 429) return failed('model_limited', 'limited');
  if (status === 401 || status === 403) return failed('model_key_refused', 'unavailable');
  if (status === 408 || status >= 500) return failed('model_unavailable', 'unavailable');
  return failed('model_refused', 'invalid');
}
