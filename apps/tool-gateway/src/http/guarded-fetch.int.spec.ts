import { listenLocally, type LocalServer } from '@signalbox/testing';
import { createServer } from 'node:http';
import { ANSWER_VALUES_MAX } from './answer-extent.ts';
import { DestinationGuard } from './destination-guard.ts';
import { destinationList, Destinations } from './destinations.ts';
import { guardedFetch, type GuardedFetch } from './guarded-fetch.ts';

/** A third of what may be read at once. */
const EVENT = `data: [${'1,'.repeat(ANSWER_VALUES_MAX / 3)}1]`;
const EVENTS = 5;

describe('the stream that an MCP server pushes on', () => {
  let server: LocalServer;
  let guarded: GuardedFetch;
  /** What is written behind each event, each text by itself. */
  let ends: readonly string[] = [];

  beforeAll(async () => {
    const pushing = createServer(async (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (let n = 0; n < EVENTS; n++) {
        for (const text of [EVENT, ...ends]) {
          await new Promise((resolve) => response.write(text, resolve));
        }
      }
      response.end();
    });
    server = await listenLocally(pushing);
    const destinations = new Destinations(destinationList.parse([new URL(server.origin).host]));
    guarded = guardedFetch({
      guard: new DestinationGuard({ destinations }),
      headers: async () => ({}),
    });
  });
  afterAll(async () => {
    await guarded.close();
    await server.stop();
  });

  const read = async () => (await (await guarded.fetch(server.origin)).text()).length;

  it.each([[['\n\n']], [['\n', '\n']], [['\r\n', '\r', '\n']], [['\r', '\r']]])(
    'GTW-4: is read for good where each event is small enough: %j',
    async (written) => {
      ends = written;
      expect(await read()).toBe(EVENTS * (EVENT.length + written.join('').length));
    },
  );

  it('GTW-4: is given up when an event never ends', async () => {
    ends = ['\n'];
    await expect(read()).rejects.toThrow('an answer of more than');
  });
});
