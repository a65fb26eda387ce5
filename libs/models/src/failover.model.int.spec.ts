import { LLMock } from '@copilotkit/aimock';
import { createModel } from './create-model.ts';
import { modelEnvironment } from './model-environment.ts';
import { modelSettings } from './model-settings.ts';
import { type ModelRequest, OFFLINE_PROVIDER, type OnText } from './model.port.ts';
import { running, someRequest } from './wire-formats.fixture.spec.ts';

describe('FailoverModel over HTTP', () => {
  const first = new LLMock({ port: 0, logLevel: 'silent' });
  const second = new LLMock({ port: 0, logLevel: 'silent' });

  beforeAll(() => Promise.all([first.start(), second.start()]));
  afterEach(() => {
    for (const mock of [first, second]) {
      mock.clearFixtures();
      mock.clearRequests();
    }
  });
  afterAll(() => Promise.all([first.stop(), second.stop()]));

  /** Anthropic's format first, then OpenAI's with two models. */
  const ask = async (onText?: OnText, about: Partial<ModelRequest> = {}) => {
    const settings = modelSettings(
      modelEnvironment.parse({
        SIGNALBOX_AGENT_MODEL_PROVIDER: 'anthropic',
        SIGNALBOX_AGENT_MODEL: 'claude',
        SIGNALBOX_AGENT_MODEL_BASE_URL: first.url,
        SIGNALBOX_MODEL_BASE_URL: `${second.url}/v1`,
        SIGNALBOX_MODEL_FALLBACKS: 'openai-compatible/large, openai-compatible/small',
      }),
      'agent',
    );
    if (settings.provider === OFFLINE_PROVIDER) throw new Error('no model');
    const { provider, model } = settings;
    const request = { ...someRequest('hello'), ...about, provider, model };
    return (await createModel(settings)).complete(request, running(), onText);
  };
  const limited = (retryAfter: number) => ({
    error: { message: 'too many', type: 'rate_limit_error' },
    status: 429,
    retryAfter,
  });
  const down = { error: { message: 'down' }, status: 503 };
  const modelsAsked = (mock: LLMock) =>
    mock.getRequests().map(({ body }) => (body as { model?: string } | null)?.model);

  it('AGT-5: asks the first one only, when it answers', async () => {
    first.onMessage('hello', { content: 'Good morning.' });
    const answer = await ask();
    expect(answer).toMatchObject({ provider: 'anthropic', model: 'claude' });
    expect(answer).not.toHaveProperty('failedBefore');
    expect(second.getRequests()).toHaveLength(0);
  });

  it('AGT-5: asks the next in order, each once, and tells who failed and why', async () => {
    first.onMessage('hello', limited(9));
    second.on({ model: 'large' }, down);
    second.on({ model: 'small' }, { content: 'Good morning.' });
    expect(await ask()).toMatchObject({
      text: 'Good morning.',
      provider: 'openai-compatible',
      model: 'small',
      failedBefore: [
        {
          provider: 'anthropic',
          model: 'claude',
          code: 'model_limited',
          reason: expect.stringContaining('too many') as unknown,
        },
        { provider: 'openai-compatible', model: 'large', code: 'model_unavailable' },
      ],
    });
    expect(modelsAsked(first)).toEqual(['claude']);
    expect(modelsAsked(second)).toEqual(['large', 'small']);
  });

  it('AGT-6: none is given a higher limit of its answer than it takes', async () => {
    first.onMessage('hello', down);
    second.on({ model: 'large' }, { content: 'Good morning.' });
    await ask(undefined, { outputTokensMax: 20_000 });
    expect(first.getLastRequest()?.body).toMatchObject({ max_tokens: 20_000 });
    expect(second.getLastRequest()?.body).toMatchObject({ max_tokens: 8_192 });
    await ask(undefined, { outputTokensMax: 100 });
    expect(second.getLastRequest()?.body).toMatchObject({ max_tokens: 100 });
  });

  it('AGT-6: when all fail, and one had begun to answer, the error says so: it may cost', async () => {
    first.onMessage('hello', limited(9));
    const broken = { chunkSize: 4, truncateAfterChunks: 5, latency: 20 };
    second.on({ model: 'large' }, { content: 'Good morning, all of you.' }, broken);
    second.on({ model: 'small' }, down);
    await expect(ask()).rejects.toMatchObject({ kind: 'limited', code: 'answer_truncated' });
  });

  it('AGT-5: when all fail, the error is of the first kind and has every reason', async () => {
    first.onMessage('hello', limited(9));
    second.on({ model: 'large' }, limited(5));
    second.on({ model: 'small' }, down);
    await expect(ask()).rejects.toMatchObject({
      kind: 'limited',
      code: 'model_limited',
      retryAfterMs: 5_000,
      message: expect.stringMatching(
        /^anthropic\/claude: .*too many.*; openai-compatible\/large: .*; openai-compatible\/small: .*down/,
      ) as unknown,
    });
  });

  it.each([
    ['a question that is wrong', { error: { message: 'what?' }, status: 400 }, 'model_refused'],
    ['an answer that is of no use', { content: 'I', finishReason: 'length' }, 'answer_cut'],
  ])('AGT-5: does not take %s to another model', async (_, response, code) => {
    first.onMessage('hello', response);
    await expect(ask()).rejects.toMatchObject({ code, kind: 'invalid' });
    expect(second.getRequests()).toHaveLength(0);
  });

  it('AGT-5: watchers learn whose words they hear, when the first one breaks off', async () => {
    const broken = { chunkSize: 4, truncateAfterChunks: 5, latency: 20 };
    first.onMessage('hello', { content: 'Good morning, all of you.' }, broken);
    second.onMessage('hello', { content: 'Hi.' });
    const heard = new Map<string, string>();
    const { text } = await ask((delta, { model }) => {
      heard.set(model, (heard.get(model) ?? '') + delta);
    });
    expect(text).toBe('Hi.');
    expect(heard.get('large')).toBe('Hi.');
    expect(heard.get('claude')).toMatch(/^Good/);
    expect(heard.get('claude')).not.toContain('you.');
  });

  it('CTL-1, AGT-5: asks nobody else once it is aborted', async () => {
    first.onMessage('hello', { content: 'Good morning.' }, { latency: 50, chunkSize: 1 });
    const halt = new AbortController();
    await expect(abortedAsk(halt)).rejects.toMatchObject({
      code: 'model_aborted',
      message: 'model: the call was aborted',
    });
    expect(second.getRequests()).toHaveLength(0);
  });

  async function abortedAsk(halt: AbortController) {
    const choice = { provider: 'openai-compatible', timeoutMs: 30_000, model: 'm' } as const;
    const servers = [`${first.url}/v1`, `${second.url}/v1`].map((baseUrl) => ({
      ...choice,
      baseUrl,
    }));
    const [one, two] = servers;
    if (!one || !two) throw new Error('two servers');
    const model = await createModel({ ...one, fallbacks: [two] });
    return model.complete(someRequest('hello'), halt.signal, () => halt.abort());
  }
});
