import { once } from 'node:events';
import type { ModelRequest } from './model.port.ts';
import { OpenAiModel } from './openai.model.ts';
import { completionOf, outputLimitNameOf } from './openai.translation.ts';
import { streamServer } from './servers.fixture.spec.ts';
import {
  chunk,
  DONE,
  openAiFormat,
  running,
  someRequest,
  sse,
} from './wire-formats.fixture.spec.ts';

describe('OpenAiModel over HTTP', () => {
  const answerTo = async (events: readonly string[], about: Partial<ModelRequest> = {}) => {
    await using server = await streamServer((response) => response.end(events.join('')));
    const model = new OpenAiModel({ baseUrl: `${server.url}/v1`, timeoutMs: 30_000 });
    return await model.complete({ ...someRequest('hello'), ...about }, running());
  };
  const call = (delta: object) => chunk({ tool_calls: [delta] });

  it('AGT-6: counts what was read from and written to the cache, and the reasoning', async () => {
    const usage = {
      prompt_tokens: 100,
      completion_tokens: 50,
      prompt_tokens_details: { cached_tokens: 80, cache_write_tokens: 15 },
      completion_tokens_details: { reasoning_tokens: 40 },
    };
    const events = [chunk({ content: 'hi' }, 'stop'), sse({ choices: [], usage }), DONE];
    expect(await answerTo(events)).toMatchObject({
      promptTokens: 100,
      cacheReadTokens: 80,
      cacheWriteTokens: 15,
      completionTokens: 50,
      reasoningTokens: 40,
    });
  });

  it('AGT-5: keeps its connection when the response ends after its last word', async () => {
    const used = new Set<unknown>();
    let ended: Promise<unknown> | undefined;
    await using server = await streamServer((response) => {
      used.add(response.socket);
      ended = once(response, 'close');
      response.write([chunk({ content: 'hi' }, 'stop'), DONE].join(''));
      setTimeout(() => response.end(), 5);
    });
    const model = new OpenAiModel({ baseUrl: `${server.url}/v1`, timeoutMs: 30_000 });
    for (let asked = 0; asked < 10; asked++) {
      await model.complete(someRequest('hello'), running());
      await ended;
    }
    expect(used.size).toBeLessThan(10);
  });

  it("AGT-6: counts DeepSeek's cache", async () => {
    const usage = { prompt_tokens: 100, completion_tokens: 5, prompt_cache_hit_tokens: 64 };
    const events = [chunk({ content: 'hi' }, 'stop'), sse({ choices: [], usage }), DONE];
    expect(await answerTo(events)).toMatchObject({ promptTokens: 100, cacheReadTokens: 64 });
  });

  it('AGT-6: takes no nonsense for a count', async () => {
    const usage = { prompt_tokens: -1, completion_tokens: 'many' };
    const events = [chunk({ content: 'hi' }, 'stop'), sse({ choices: [], usage }), DONE];
    expect(await answerTo(events)).toMatchObject({ promptTokens: 0, completionTokens: 0 });
  });

  it('AGT-5: tells parallel calls apart that a server gives one index', async () => {
    const events = [
      call({ index: 0, id: 'a', function: { name: 'restart', arguments: '{"n":1}' } }),
      call({ index: 0, id: 'b', function: { name: 'restart', arguments: '{"n"' } }),
      call({ index: 0, id: 'b', function: { arguments: ':2}' } }),
      chunk({}, 'tool_calls'),
      DONE,
    ];
    expect((await answerTo(events)).toolUses).toEqual([
      { id: 'a', name: 'restart', arguments: { n: 1 } },
      { id: 'b', name: 'restart', arguments: { n: 2 } },
    ]);
  });

  it('AGT-5: a tool without arguments and without an id', async () => {
    const events = [call({ index: 0, function: { name: 'list', arguments: '' } })];
    const { toolUses } = await answerTo([...events, chunk({}, 'tool_calls'), DONE]);
    expect(toolUses).toEqual([{ name: 'list', arguments: {} }]);
  });

  it("AGT-5: a refusal in the model's own words", async () => {
    const events = [chunk({ refusal: 'I will ' }), chunk({ refusal: 'not.' }, 'stop'), DONE];
    await expect(answerTo(events)).rejects.toMatchObject({
      code: 'answer_refused',
      message: 'model: it refused to answer: I will not.',
    });
  });

  it.each([
    [{ type: 'rate_limit_error', message: 'slow down' }, 'limited'],
    [{ type: 'server_error', message: 'sorry' }, 'unavailable'],
    [{ type: 'invalid_request_error', message: 'what?' }, 'invalid'],
  ])('AGT-5: an error in the middle of the stream: %j', async (error, kind) => {
    const message: unknown = expect.stringContaining(error.message);
    const answer = answerTo([chunk({ content: 'He' }), sse({ error })]);
    await expect(answer).rejects.toMatchObject({ kind, message });
  });

  it.each(['error', 'insufficient_system_resource'])(
    'AGT-5: %s is the end of the provider, not of the answer',
    async (reason) => {
      const answer = answerTo([chunk({ content: 'He' }, reason), DONE]);
      await expect(answer).rejects.toMatchObject({ kind: 'unavailable' });
    },
  );

  const bodyOf = async (about: Partial<ModelRequest>) => {
    const body = Promise.withResolvers<string>();
    await using server = await streamServer((response) => {
      let sent = '';
      response.req.on('data', (bytes: Buffer) => (sent += bytes.toString()));
      response.req.on('end', () => {
        body.resolve(sent);
        response.end(openAiFormat.eventsOf('done').join(''));
      });
    });
    const model = new OpenAiModel({ baseUrl: server.url, timeoutMs: 30_000 });
    await model.complete({ ...someRequest('fix it'), ...about }, running());
    return body.promise;
  };

  it('AGT-6: only OpenAI itself is told the limit of an answer under its new name', async () => {
    expect(outputLimitNameOf('https://api.openai.com/v1')).toBe('max_completion_tokens');
    expect(outputLimitNameOf('https://api.openai.com.evil.test/v1')).toBe('max_tokens');
    const limited = { ...someRequest('fix it'), outputTokensMax: 99 };
    expect(completionOf(limited, 'max_completion_tokens')).toMatchObject({
      max_completion_tokens: 99,
    });
    const body = JSON.parse(await bodyOf({ outputTokensMax: 99 })) as object;
    expect(body).toMatchObject({ max_tokens: 99 });
    expect(body).not.toHaveProperty('max_completion_tokens');
    expect(JSON.parse(await bodyOf({}))).not.toHaveProperty('max_tokens');
  });

  it.each([
    ['gemini-3.5-flash', 1],
    ['gemini-2.5-pro', 0],
  ])('AGT-5: %s is told that our history has no signatures: %i times', async (model, times) => {
    const use = { id: 'a', name: 'restart', arguments: {} };
    const toolUses = [use, { ...use, id: 'b' }];
    const messages = [{ role: 'assistant' as const, text: '', toolUses }];
    const body = await bodyOf({ provider: 'google', model, messages });
    expect(body.split('skip_thought_signature_validator')).toHaveLength(times + 1);
  });

  it('AGT-5: DeepSeek is kept from thoughts that it would want back with its tool calls', async () => {
    const thinking = { type: 'disabled' };
    expect(JSON.parse(await bodyOf({ provider: 'deepseek' }))).toMatchObject({ thinking });
    expect(JSON.parse(await bodyOf({ provider: 'openai' }))).not.toHaveProperty('thinking');
  });
});
