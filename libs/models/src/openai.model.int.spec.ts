import { LLMock } from '@copilotkit/aimock';
import type { JsonObject } from '@signalbox/kernel';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ModelRequest } from './model.port.ts';
import { OpenAiModel } from './openai.model.ts';

const request = (text: string): ModelRequest => ({
  provider: 'openai-compatible',
  model: 'small',
  system: 'You are a test.',
  messages: [{ role: 'user', text }],
  tools: [{ name: 'restart', description: 'Restarts a service.', inputSchema: { type: 'object' } }],
});
const running = () => new AbortController().signal;

describe('OpenAiModel over HTTP', () => {
  const mock = new LLMock({ port: 0, logLevel: 'silent' });
  let model: OpenAiModel;

  beforeAll(async () => {
    await mock.start();
    model = new OpenAiModel({ baseUrl: `${mock.url}/v1`, timeoutMs: 2_000 });
  });
  afterEach(() => {
    mock.clearFixtures();
    mock.clearRequests();
  });
  afterAll(() => mock.stop());

  it('gives the text and the tokens of an answer', async () => {
    mock.onMessage('hello', {
      content: 'Good morning.',
      usage: { prompt_tokens: 11, completion_tokens: 3, total_tokens: 14 },
    });
    expect(await model.complete(request('hello'), running())).toEqual({
      text: 'Good morning.',
      toolUses: [],
      promptTokens: 11,
      completionTokens: 3,
      provider: 'openai-compatible',
      model: 'small',
      offline: false,
    });
  });

  it('gives the tool uses of an answer, and sends the tools', async () => {
    mock.onMessage('fix it', {
      toolCalls: [{ id: 'call_1', name: 'restart', arguments: '{"service":"checkout"}' }],
    });
    const { toolUses } = await model.complete(request('fix it'), running());
    expect(toolUses).toEqual([
      { id: 'call_1', name: 'restart', arguments: { service: 'checkout' } },
    ]);
    expect(mock.getLastRequest()?.body).toMatchObject({
      model: 'small',
      messages: [
        { role: 'system', content: 'You are a test.' },
        { role: 'user', content: 'fix it' },
      ],
      tools: [{ type: 'function', function: { name: 'restart', parameters: { type: 'object' } } }],
    });
  });

  it('sends what was used and what came of it', async () => {
    mock.onToolResult('call_1', { content: 'done' });
    const base = request('fix it');
    const use = { id: 'call_1', name: 'restart', arguments: { service: 'checkout' } };
    const messages = [
      ...base.messages,
      { role: 'assistant' as const, text: '', toolUses: [use] },
      { role: 'tool' as const, toolUseId: 'call_1', text: 'restarted' },
    ];
    const answer = await model.complete({ ...base, messages }, running());
    expect(answer.text).toBe('done');
    expect(mock.getLastRequest()?.body).toMatchObject({
      messages: [
        {},
        {},
        {
          tool_calls: [{ id: 'call_1', function: { arguments: '{"service":"checkout"}' } }],
        },
        { role: 'tool', tool_call_id: 'call_1', content: 'restarted' },
      ],
    });
  });

  it('RTE-1: refuses arguments that are no JSON object', async () => {
    mock.onMessage('fix it', { toolCalls: [{ name: 'restart', arguments: '{"service":' }] });
    await expect(model.complete(request('fix it'), running())).rejects.toMatchObject({
      code: 'malformed_arguments',
      kind: 'invalid',
    });
  });

  it.each([
    [429, 'limited', 'model_limited'],
    [500, 'unavailable', 'model_unavailable'],
    [503, 'unavailable', 'model_unavailable'],
    [401, 'unavailable', 'model_key_refused'],
    [400, 'invalid', 'model_refused'],
  ])('maps HTTP %i to %s and asks once', async (status, kind, code) => {
    mock.onMessage('hello', { content: 'a retry would see this' });
    mock.nextRequestError(status, { message: 'no' });
    await expect(model.complete(request('hello'), running())).rejects.toMatchObject({ kind, code });
    expect(mock.getRequests()).toHaveLength(1);
  });
});

describe('OpenAiModel against a server that misbehaves', () => {
  let server: Server;
  let reply: JsonObject | undefined;
  let baseUrl: string;

  beforeAll(async () => {
    server = createServer((_, response) => {
      if (reply === undefined) return;
      response.setHeader('content-type', 'application/json').end(JSON.stringify(reply));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  });
  beforeEach(() => {
    reply = undefined;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it('gives up after its time-out', async () => {
    const model = new OpenAiModel({ baseUrl, timeoutMs: 50 });
    await expect(model.complete(request('hello'), running())).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'model_unavailable',
    });
  });

  it('CTL-1: is aborted in flight', async () => {
    const halt = new AbortController();
    server.once('request', () => halt.abort());
    const model = new OpenAiModel({ baseUrl, timeoutMs: 30_000 });
    await expect(model.complete(request('hello'), halt.signal)).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'model_aborted',
    });
  });

  it('says that nobody listens', async () => {
    const model = new OpenAiModel({ baseUrl: 'http://127.0.0.1:9/v1', timeoutMs: 2_000 });
    await expect(model.complete(request('hello'), running())).rejects.toMatchObject({
      kind: 'unavailable',
    });
  });

  it.each([{}, { choices: [] }])('refuses an answer without a message: %j', async (body) => {
    reply = body;
    const model = new OpenAiModel({ baseUrl, timeoutMs: 2_000 });
    await expect(model.complete(request('hello'), running())).rejects.toMatchObject({
      kind: 'invalid',
      code: 'empty_answer',
    });
  });
});
