import type { ServerResponse } from 'node:http';
import type { OnText } from './model.port.ts';
import { silentServer, streamServer } from './servers.fixture.spec.ts';
import { running, someRequest, wireFormats } from './wire-formats.fixture.spec.ts';

const LONG_MS = 30_000;
const SHORT_MS = 150;
/** Where something has to come first, also while other tests keep the machine busy. */
const BEGUN_MS = 750;
const SIGN_OF_LIFE_MS = 20;

describe.each(wireFormats)('a server that misbehaves in $name', (format) => {
  const { eventsOf } = format;
  const ask = (url: string, limits: { timeoutMs?: number; silenceMs?: number } = {}) =>
    format
      .create({ baseUrl: `${url}${format.path}`, timeoutMs: LONG_MS, ...limits })
      .complete(someRequest('hello'), running());
  const unavailable = (message: string, code = 'model_unavailable') => ({
    kind: 'unavailable',
    code,
    message: expect.stringContaining(message) as unknown,
  });

  describe('outages', () => {
    it('AGT-5: notices a half-open connection', async () => {
      await using server = await silentServer();
      await expect(ask(server.url, { silenceMs: SHORT_MS })).rejects.toMatchObject(
        unavailable(`nothing came from it for ${SHORT_MS} ms`),
      );
    });

    it('AGT-5: notices a connection that goes dead in the middle of an answer', async () => {
      await using server = await streamServer((response) => {
        for (const event of eventsOf('Good morning.').slice(0, 3)) response.write(event);
      });
      await expect(ask(server.url, { silenceMs: BEGUN_MS })).rejects.toMatchObject(
        unavailable(`nothing came from it for ${BEGUN_MS} ms`, 'answer_truncated'),
      );
    });

    it('AGT-5: waits for a model that thinks, while its server gives signs of life', async () => {
      await using server = await streamServer((response) => {
        withSignsOfLife(response, 2 * BEGUN_MS);
      });
      expect(await ask(server.url, { silenceMs: BEGUN_MS })).toMatchObject({ text: 'At last.' });
    });

    it('AGT-5: ends a call that takes too long, whatever comes', async () => {
      await using server = await streamServer((response) => {
        withSignsOfLife(response, LONG_MS);
      });
      await expect(ask(server.url, { timeoutMs: BEGUN_MS })).rejects.toMatchObject(
        unavailable(`gave no whole answer within ${BEGUN_MS} ms`, 'answer_truncated'),
      );
    });

    it.each([
      ['ends', 'text'],
      ['breaks', 'text'],
      ['ends', 'a tool use'],
      ['breaks', 'a tool use'],
    ])('AGT-5, AGT-6: a stream that %s early in %s gives no answer', async (how, what) => {
      const events =
        what === 'text' ? eventsOf('Good morning.') : format.eventsOfUses(['restart', '{"n":1}']);
      for (let kept = 0; kept < events.length; kept++) {
        await using server = await streamServer((response) => {
          response.write(`: begun\n\n${events.slice(0, kept).join('')}`);
          if (how === 'ends') response.end();
          else setImmediate(() => response.destroy());
        });
        await expect(ask(server.url)).rejects.toMatchObject({
          kind: 'unavailable',
          code: 'answer_truncated',
        });
      }
    });

    it('AGT-5: puts characters together that arrive in pieces', async () => {
      await using server = await streamServer((response) => {
        const bytes = Buffer.from(eventsOf('Grüße 👩‍🚒').join(''));
        response.socket?.setNoDelay(true);
        for (const byte of bytes) response.write(Buffer.of(byte));
        response.end();
      });
      expect(await ask(server.url)).toMatchObject({ text: 'Grüße 👩‍🚒' });
    });

    it('AGT-5: what is no event is an outage', async () => {
      await using server = await streamServer((response) => {
        response.end('event: message_start\ndata: {"choices": [}\n\n');
      });
      await expect(ask(server.url)).rejects.toMatchObject({ kind: 'unavailable' });
    });

    it('AGT-5: says that nobody listens', async () => {
      await expect(ask('http://127.0.0.1:9')).rejects.toMatchObject(unavailable('model: '));
    });

    it('AGT-5: an answer without an end does not fill the memory', async () => {
      await using server = await streamServer((response) => {
        const [first = '', ...rest] = eventsOf('x'.repeat(100_000));
        response.write(first);
        for (let i = 0; i < 12; i++) response.write(rest.slice(0, 2).join(''));
      });
      await expect(ask(server.url)).rejects.toMatchObject({ code: 'answer_too_large' });
    });
  });

  describe('our own ends', () => {
    const asked = (url: string, signal: AbortSignal, onText?: OnText) =>
      format
        .create({ baseUrl: `${url}${format.path}`, timeoutMs: LONG_MS })
        .complete(someRequest('hello'), signal, onText);
    const aborted = { kind: 'unavailable', code: 'model_aborted' };

    it('CTL-1, AGT-5: is aborted before an answer begins', async () => {
      await using server = await silentServer();
      await expect(asked(server.url, AbortSignal.timeout(50))).rejects.toMatchObject(aborted);
      await expect(asked(server.url, AbortSignal.abort())).rejects.toMatchObject(aborted);
    });

    it('CTL-1, AGT-5: is aborted in the middle, and hangs up', async () => {
      const gone = Promise.withResolvers<void>();
      await using server = await streamServer((response) => {
        response.on('close', gone.resolve);
        for (const event of eventsOf('Good morning.').slice(0, 3)) response.write(event);
      });
      const halt = new AbortController();
      const heard: string[] = [];
      const answer = asked(server.url, halt.signal, (delta, by) => {
        heard.push(`${by.provider}/${by.model}: ${delta}`);
        halt.abort();
      });
      await expect(answer).rejects.toMatchObject(aborted);
      expect(heard).toEqual(['some/small: Good morning.']);
      await gone.promise;
    });

    it('a watcher that fails is our bug, not an outage', async () => {
      await using server = await streamServer((response) => {
        response.end(eventsOf('Good morning.').join(''));
      });
      const watcher = () => {
        throw new RangeError('watcher');
      };
      await expect(asked(server.url, running(), watcher)).rejects.toThrow(RangeError);
    });
  });

  function withSignsOfLife(response: ServerResponse, thinksMs: number): void {
    const alive = setInterval(() => response.write(': processing\n\n'), SIGN_OF_LIFE_MS);
    const end = setTimeout(() => response.end(eventsOf('At last.').join('')), thinksMs);
    response.on('close', () => {
      clearInterval(alive);
      clearTimeout(end);
    });
    response.on('finish', () => clearInterval(alive));
  }
});
