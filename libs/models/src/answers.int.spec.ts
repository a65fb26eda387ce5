import { LLMock } from '@copilotkit/aimock';
import type { ModelRequest } from './model.port.ts';
import { streamServer } from './servers.fixture.spec.ts';
import { running, someRequest, wireFormats } from './wire-formats.fixture.spec.ts';

const usage = { prompt_tokens: 11, completion_tokens: 3, total_tokens: 14 };
const restart = (service: string) => ({
  id: `call_${service}`,
  name: 'restart',
  arguments: JSON.stringify({ service }),
});

describe.each(wireFormats)('answers in $name', (format) => {
  const mock = new LLMock({ port: 0, logLevel: 'silent' });
  const ask = (request: ModelRequest, onText?: (delta: string) => void) =>
    format
      .create({ baseUrl: `${mock.url}${format.path}`, timeoutMs: 30_000 })
      .complete(request, running(), onText);

  beforeAll(() => mock.start());
  afterEach(() => {
    mock.clearFixtures();
    mock.clearRequests();
  });
  afterAll(() => mock.stop());

  it('AGT-5, AGT-6: gives the text and the tokens', async () => {
    mock.onMessage('hello', { content: 'Good morning.', usage });
    expect(await ask(someRequest('hello'))).toEqual({
      text: 'Good morning.',
      toolUses: [],
      promptTokens: 11,
      completionTokens: 3,
      provider: 'some',
      model: 'small',
      offline: false,
    });
  });

  it('AGT-5: lets watchers hear what is written, letter for letter', async () => {
    const content = 'Grüße, 日本 👩‍🚒 \u2028 "quoted"\n';
    mock.onMessage('hello', { content }, { chunkSize: 1 });
    const heard: string[] = [];
    const { text } = await ask(someRequest('hello'), (delta) => heard.push(delta));
    expect(text).toBe(content);
    expect(heard.join('')).toBe(content);
    expect(heard.length).toBeGreaterThan(10);
  });

  it('AGT-5: keeps parallel tool uses in order, with their ids', async () => {
    const toolCalls = ['a', 'b', 'c'].map(restart);
    mock.onMessage('fix it', { content: 'On it.', toolCalls }, { chunkSize: 3 });
    expect(await ask(someRequest('fix it'))).toMatchObject({
      text: 'On it.',
      toolUses: ['a', 'b', 'c'].map((service) => ({
        id: `call_${service}`,
        name: 'restart',
        arguments: { service },
      })),
    });
  });

  it('AGT-5: sends the tools, what was used of them, and what came of it', async () => {
    mock.onToolResult('call_b', { content: 'done' });
    const base = someRequest('fix it');
    const uses = ['a', 'b'].map((service) => ({
      id: `call_${service}`,
      name: 'restart',
      arguments: { service },
    }));
    const messages = [
      ...base.messages,
      { role: 'assistant' as const, text: '', toolUses: uses },
      ...uses.map(({ id }) => ({ role: 'tool' as const, toolUseId: id, text: `did ${id}` })),
    ];
    expect(await ask({ ...base, messages })).toMatchObject({ text: 'done' });
    expect(mock.getLastRequest()?.body).toMatchObject({
      model: 'small',
      messages: [
        { role: 'system', content: 'You are a test.' },
        { role: 'user', content: 'fix it' },
        {
          role: 'assistant',
          tool_calls: [
            { id: 'call_a', function: { name: 'restart', arguments: '{"service":"a"}' } },
            { id: 'call_b', function: { name: 'restart', arguments: '{"service":"b"}' } },
          ],
        },
        { role: 'tool', tool_call_id: 'call_a', content: 'did call_a' },
        { role: 'tool', tool_call_id: 'call_b', content: 'did call_b' },
      ],
      tools: [{ type: 'function', function: { name: 'restart', parameters: { type: 'object' } } }],
    });
  });

  it.each(['{"service":', '[1]', '"restart"', 'null', '{} {}'])(
    'AGT-5, RTE-1: refuses arguments that are no JSON object, and names the tool: %s',
    async (json) => {
      await using server = await streamServer((response) => {
        response.end(format.eventsOfUses(['restart', json]).join(''));
      });
      const model = format.create({ baseUrl: `${server.url}${format.path}`, timeoutMs: 30_000 });
      await expect(model.complete(someRequest('fix it'), running())).rejects.toMatchObject({
        code: 'malformed_arguments',
        kind: 'invalid',
        message: 'model: the arguments of the tool "restart" are not a JSON object',
      });
    },
  );

  it.each([
    ['answer_cut', 'was cut at its token limit', 'length', 'The cause is'],
    ['answer_refused', 'was refused', format.refused, 'I cannot'],
    ['empty_answer', 'is empty', 'stop', ''],
  ])('AGT-5, AGT-6: %s: an answer that %s cannot be used, but costs', async (...row) => {
    const [code, , finishReason, content] = row;
    mock.onMessage('hello', { content, finishReason, usage });
    await expect(ask(someRequest('hello'))).rejects.toMatchObject({
      code,
      kind: 'invalid',
      usage: { promptTokens: 11, completionTokens: 3 },
      by: { provider: 'some', model: 'small' },
    });
  });

  it('AGT-5, AGT-6: asks for an answer within the limit, and one that reaches it is cut', async () => {
    mock.onMessage('hello', { content: 'The cause is', finishReason: 'length', usage });
    await expect(ask({ ...someRequest('hello'), outputTokensMax: 3 })).rejects.toMatchObject({
      code: 'answer_cut',
      usage: { completionTokens: 3 },
    });
    expect(mock.getLastRequest()?.body).toMatchObject({ max_tokens: 3 });
  });

  it('AGT-5: a tool use that is cut within its arguments is cut, not malformed', async () => {
    const toolCalls = [{ ...restart('a'), arguments: '{"service":' }];
    mock.onMessage('fix it', { toolCalls, finishReason: 'length', usage });
    await expect(ask(someRequest('fix it'))).rejects.toMatchObject({ code: 'answer_cut' });
  });

  it('AGT-5: one of parallel tool uses with malformed arguments spoils the answer', async () => {
    await using server = await streamServer((response) => {
      response.end(format.eventsOfUses(['restart', '{"n":1}'], ['stop', '{']).join(''));
    });
    const model = format.create({ baseUrl: `${server.url}${format.path}`, timeoutMs: 5_000 });
    await expect(model.complete(someRequest('fix it'), running())).rejects.toMatchObject({
      code: 'malformed_arguments',
      message: expect.stringContaining('"stop"'),
    });
  });

  it.each([503, 529])('AGT-5: HTTP %i may say when to come back, too', async (status) => {
    await using server = await streamServer((response) => {
      response.writeHead(status, { 'retry-after': '9' }).end('{}');
    });
    const model = format.create({ baseUrl: `${server.url}${format.path}`, timeoutMs: 5_000 });
    await expect(model.complete(someRequest('hello'), running())).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'model_unavailable',
      retryAfterMs: 9_000,
    });
  });

  it('AGT-5: a limit says when to come back', async () => {
    const error = { message: 'too many', type: 'rate_limit_error' };
    mock.onMessage('hello', { error, status: 429, retryAfter: 7 });
    await expect(ask(someRequest('hello'))).rejects.toMatchObject({
      kind: 'limited',
      code: 'model_limited',
      retryAfterMs: 7_000,
      message: expect.stringContaining('too many'),
    });
    expect(mock.getRequests()).toHaveLength(1);
  });

  it.each([
    [500, 'unavailable', 'model_unavailable'],
    [503, 'unavailable', 'model_unavailable'],
    [529, 'unavailable', 'model_unavailable'],
    [401, 'unavailable', 'model_key_refused'],
    [402, 'unavailable', 'model_key_refused'],
    [400, 'invalid', 'model_refused'],
    [404, 'invalid', 'model_refused'],
  ])('AGT-5: HTTP %i is %s, in the words of the provider, and asked once', async (...row) => {
    const [status, kind, code] = row;
    mock.onMessage('hello', { content: 'a retry would see this' });
    mock.nextRequestError(status, { message: 'so they say' });
    const message: unknown = expect.stringContaining('so they say');
    await expect(ask(someRequest('hello'))).rejects.toMatchObject({ kind, code, message });
    expect(mock.getRequests()).toHaveLength(1);
  });
});
