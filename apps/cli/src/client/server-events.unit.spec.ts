import { serverEvents } from './server-events.ts';

async function eventsOf(...chunks: readonly string[]) {
  const utf8 = new TextEncoder();
  async function* bytes() {
    for (const chunk of chunks) yield utf8.encode(chunk);
  }
  return Array.fromAsync(serverEvents(bytes()));
}

describe('server-sent events', () => {
  it('are taken as they come, whole or in pieces', async () => {
    const plain = ': hello\n\nid: 7\ndata: {"a":"x"}\n\nevent: end\ndata: [1]\n\n';
    const events = [
      { name: 'message', data: { a: 'x' } },
      { name: 'end', data: [1] },
    ];
    expect(await eventsOf(plain)).toEqual(events);
    expect(await eventsOf(...plain)).toEqual(events);
  });

  it('may have data of several lines, and no blank behind the colon', async () => {
    expect(await eventsOf('data:{\ndata:"a":1}\n\n')).toEqual([
      { name: 'message', data: { a: 1 } },
    ]);
  });

  it('leave out what is cut off, and what has no data', async () => {
    expect(await eventsOf('event: end\n\ndata: 1\n')).toEqual([]);
    await expect(eventsOf('data: {\n\n')).rejects.toThrow(SyntaxError);
  });
});
