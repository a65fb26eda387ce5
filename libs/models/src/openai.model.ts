import OpenAI from 'openai';
import { AnswerDraft } from './answer-draft.ts';
import { guardedStream } from './guarded-stream.ts';
import { clientOptions, type ModelServer } from './model-server.ts';
import { type ModelAnswer, ModelPort, type ModelRequest, type OnText } from './model.port.ts';
import {
  completionOf,
  CompletionReader,
  type OutputLimitName,
  outputLimitNameOf,
} from './openai.translation.ts';

/** Any server that speaks OpenAI's chat completions. */
export class OpenAiModel extends ModelPort {
  readonly #client: OpenAI;
  readonly #secret: string | undefined;
  readonly #outputLimit: OutputLimitName;

  constructor(server: ModelServer) {
    super();
    this.#secret = server.apiKey;
    this.#outputLimit = outputLimitNameOf(server.baseUrl);
    this.#client = new OpenAI({
      ...clientOptions(server),
      baseURL: server.baseUrl,
      // Set or null, so that the SDK looks for nothing in the environment on its own.
      apiKey: server.apiKey ?? 'none',
      adminAPIKey: null,
      organization: null,
      project: null,
    });
  }

  async complete(
    request: ModelRequest,
    signal: AbortSignal,
    onText?: OnText,
  ): Promise<ModelAnswer> {
    const asked = completionOf(request, this.#outputLimit);
    const draft = new AnswerDraft(request, onText);
    const reader = new CompletionReader(draft);
    const open = () => this.#client.chat.completions.create(asked, { signal });
    const guard = { signal, ApiError: OpenAI.APIError, secret: this.#secret };
    for await (const chunk of guardedStream(open, guard)) reader.read(chunk);
    return draft.finish();
  }
}
