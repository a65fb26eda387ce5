import Anthropic from '@anthropic-ai/sdk';
import { AnswerDraft } from './answer-draft.ts';
import { messageParamsOf, MessageReader } from './anthropic.translation.ts';
import { guardedStream } from './guarded-stream.ts';
import { clientOptions, type ModelServer } from './model-server.ts';
import { type ModelAnswer, ModelPort, type ModelRequest, type OnText } from './model.port.ts';

/** Any server that speaks Anthropic's messages. */
export class AnthropicModel extends ModelPort {
  readonly #client: Anthropic;
  readonly #secret: string | undefined;

  constructor(server: ModelServer) {
    super();
    this.#secret = server.apiKey;
    this.#client = new Anthropic({
      ...clientOptions(server),
      baseURL: server.baseUrl,
      // Always set, so that the SDK looks for none in the environment or in files.
      apiKey: server.apiKey ?? 'none',
    });
  }

  async complete(
    request: ModelRequest,
    signal: AbortSignal,
    onText?: OnText,
  ): Promise<ModelAnswer> {
    const asked = messageParamsOf(request);
    const draft = new AnswerDraft(request, onText);
    const reader = new MessageReader(draft);
    const open = () => this.#client.messages.create(asked, { signal });
    const guard = {
      signal,
      ApiError: Anthropic.APIError,
      secret: this.#secret,
    };
    for await (const event of guardedStream(open, guard)) reader.read(event);
    return draft.finish();
  }
}
