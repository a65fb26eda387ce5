import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer } from 'node:net';
import { listenLocally } from './listen-locally.ts';

describe('a server on loopback', () => {
  it.each([
    ['node:http', createHttpServer()],
    ['node:net', createServer()],
  ])(
    'of %s stops with clients that never say a word, and does nothing when told again',
    async (_, server) => {
      const { port, origin, stop } = await listenLocally(server);
      expect(origin).toBe(`http://127.0.0.1:${port}`);
      const taken = once(server, 'connection');
      const client = connect(port, '127.0.0.1').on('error', () => undefined);
      const left = once(client.resume(), 'close');
      await taken;
      await stop();
      await left;
      expect(server.listening).toBe(false);
      await stop();
    },
  );
});
