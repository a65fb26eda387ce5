import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { readInTime } from './read-in-time.ts';

const line = `${'x'.repeat(1_000)}\n`;

function source(count: number) {
  const seen = { ended: false };
  async function* lines(): AsyncGenerator<string, void> {
    try {
      for (let i = 0; i < count; i++) yield line;
    } finally {
      seen.ended = true;
    }
  }
  return { seen, lines: lines() };
}

describe('lines that are read in time', () => {
  it('RUL-6: end when nobody takes them', async () => {
    const { seen, lines } = source(Infinity);
    const stream = readInTime(lines, 5);
    stream.once('readable', () => undefined);
    await once(stream, 'close');
    expect(stream.destroyed).toBe(true);
    expect(seen.ended).toBe(true);
  });

  it('RUL-6: all come to who reads on, however long they take to be made', async () => {
    const { promise: later, resolve } = Promise.withResolvers<void>();
    async function* slow(): AsyncGenerator<string, void> {
      yield line;
      setTimeout(resolve, 50);
      await later;
      yield line;
    }
    expect(await text(readInTime(slow(), 5))).toBe(line + line);
  });
});
