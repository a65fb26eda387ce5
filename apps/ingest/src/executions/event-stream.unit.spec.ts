import { EventStream } from './event-stream.ts';

const MIB = 1024 * 1024;
const large = { text: 'x'.repeat(MIB) };

describe('a stream of server-sent events', () => {
  const { jest } = import.meta;
  let stream: EventStream;
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
    stream = new EventStream();
  });
  afterEach(() => {
    stream.bytes.destroy();
    jest.useRealTimers();
  });
  const settled = () => new Promise(setImmediate);

  it('OPS-4: waits for its reader, and goes on as soon as that reads', async () => {
    let isTold = false;
    const telling = stream.event(large, 1).then(() => (isTold = true));
    await settled();
    expect(isTold).toBe(false);
    stream.bytes.resume();
    await telling;
    expect(stream.gone.aborted).toBe(false);
  });

  it('OPS-4: lets go of a reader that reads nothing for half a minute', async () => {
    const telling = stream.event(large, 1);
    jest.advanceTimersByTime(29_999);
    await settled();
    expect(stream.gone.aborted).toBe(false);
    jest.advanceTimersByTime(1);
    await telling;
    expect(stream.gone.aborted).toBe(true);
  });

  it('OPS-4: leaves out what a model says where the reader is behind', async () => {
    stream.bytes.push('x'.repeat(MIB));
    const before = stream.bytes.readableLength;
    stream.text({ text: 'late' });
    expect(stream.bytes.readableLength).toBe(before);
  });

  it('OPS-4: what others wrote stays within its frame', async () => {
    await stream.event({ text: 'a\n\nevent: end\rdata: {}\u2028' }, 7);
    const frames = String(stream.bytes.read()).split('\n\n');
    expect(frames).toEqual([
      ': here it comes',
      'id: 7\ndata: {"text":"a\\n\\nevent: end\\rdata: {}\u2028"}',
      '',
    ]);
  });
});
