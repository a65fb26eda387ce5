import { executionActivated } from '@signalbox/contracts';
import { newId, type DomainEvent } from '@signalbox/kernel';
import { subjectsOf } from '@signalbox/messaging';
import type { RunningService } from '@signalbox/service';
import { eventually } from '@signalbox/testing';
import { KEY, startBench, type Bench } from '../ingest.fixture.spec.ts';
import { append, begun, completed, firstStep } from './run.fixture.spec.ts';

interface Frame {
  readonly id?: string;
  readonly event?: string;
  readonly data?: Record<string, unknown>;
}

/** A stream as a browser reads it; comments are left out. */
class Reader {
  readonly frames: Frame[] = [];
  isOver = false;
  readonly #leaving = new AbortController();

  constructor(
    readonly status: number,
    readonly headers: Headers,
    body: ReadableStream<Uint8Array> | null,
  ) {
    void this.#read(body);
  }

  static async open(url: string, headers: Record<string, string> = {}): Promise<Reader> {
    const answer = await fetch(url, { headers: { 'x-stourio-key': KEY, ...headers } });
    return new Reader(answer.status, answer.headers, answer.body);
  }

  types(): readonly unknown[] {
    return this.frames.map(({ event, data }) => event ?? data?.['type']);
  }

  leave(): void {
    this.#leaving.abort();
  }

  async #read(body: ReadableStream<Uint8Array> | null): Promise<void> {
    let rest = '';
    const text = body?.pipeThrough(new TextDecoderStream() as never, {
      signal: this.#leaving.signal,
    }) as AsyncIterable<string> | undefined;
    try {
      for await (const chunk of text ?? []) {
        const parts = (rest + chunk).split('\n\n');
        rest = parts.pop() ?? '';
        this.frames.push(...parts.filter((part) => !part.startsWith(':')).map(frameOf));
      }
    } catch {
      // Broken off, by us or by the server.
    }
    this.isOver = true;
  }
}

function frameOf(part: string): Frame {
  const fields = part.split('\n').map((line) => /^(\w+): (.*)$/.exec(line)?.slice(1) ?? []);
  const { data, ...rest } = Object.fromEntries(fields) as Record<string, string>;
  return { ...rest, ...(data ? { data: JSON.parse(data) as Record<string, unknown> } : {}) };
}

describe('a run while it goes on', () => {
  let bench: Bench;
  let edge: RunningService;

  beforeAll(async () => {
    bench = await startBench();
    edge = await bench.another({});
  });
  afterAll(() => bench.stop());

  const more = (id: string, ...events: readonly DomainEvent[]) =>
    append(bench.store, 'execution', id, ...events);
  const run = async () => {
    const id = newId();
    await more(id, begun(id));
    return id;
  };
  const open = (id: string, headers?: Record<string, string>, at = edge) =>
    Reader.open(`${at.url}/api/executions/${id}/live`, headers);
  const say = (id: string, text: unknown) => {
    const subject = subjectsOf(bench.env).watch({ aggregate: 'execution', id });
    bench.connection.publish(subject, typeof text === 'string' ? text : JSON.stringify(text));
  };

  it('OPS-4: tells every event from the first on, as it is appended, and ends with the run', async () => {
    const id = await run();
    const reader = await open(id);
    expect(reader.status).toBe(200);
    expect(reader.headers.get('content-type')).toMatch(/^text\/event-stream/);
    expect(reader.headers.get('cache-control')).toBe('no-store');
    await eventually(() => reader.frames.length === 1);
    expect(reader.frames[0]).toMatchObject({
      id: expect.stringMatching(/^\d+$/),
      data: { type: 'execution.started', aggregate_id: id, data: { objective: 'Find out why.' } },
    });
    await more(id, ...firstStep(newId()));
    await eventually(() => reader.frames.length === 5);
    expect(reader.isOver).toBe(false);
    await more(id, completed);
    await eventually(() => reader.isOver);
    expect(reader.types()).toEqual([
      'execution.started',
      'execution.activated',
      'execution.model_call_requested',
      'execution.model_answered',
      'execution.tool_requested',
      'execution.completed',
      'end',
    ]);
    expect(reader.frames.at(-1)?.data).toEqual({
      status: 'completed',
      outcome: 'The disk was full.',
    });
  });

  it('OPS-4: tells what the model says while it says it, and nothing that is no such thing', async () => {
    const [id, other] = [await run(), await run()];
    const reader = await open(id);
    await eventually(() => reader.frames.length === 1);
    const text = { executionId: id, step: 1, provider: 'p', model: 'm', text: 'I look' };
    say(id, 'no JSON');
    say(id, { text: 7 });
    say(other, { ...text, executionId: other });
    say(id, text);
    await eventually(() => reader.frames.length > 1);
    expect(reader.frames.slice(1)).toEqual([
      { event: 'text', data: { step: 1, provider: 'p', model: 'm', text: 'I look' } },
    ]);
    reader.leave();
  });

  it('OPS-4: tells the story of a run that has ended, and goes on where a reader was', async () => {
    const id = await run();
    await more(id, executionActivated.of({ runner: 'one' }), completed);
    const whole = await open(id);
    await eventually(() => whole.isOver);
    expect(whole.types()).toHaveLength(4);
    const rest = await open(id, { 'last-event-id': whole.frames[1]?.id ?? '' });
    await eventually(() => rest.isOver);
    expect(rest.frames).toEqual(whole.frames.slice(2));
    const odd = await open(id, { 'last-event-id': 'x' });
    expect(odd.status).toBe(422);
  });

  it('OPS-4: tells a long story whole to a reader who takes it', async () => {
    const id = await run();
    const result = 'x'.repeat(250_000);
    const settled = firstStep(newId(), { status: 'succeeded', result });
    const told = 24;
    for (let n = 0; n < told; n++) await more(id, ...settled);
    await more(id, completed);
    const reader = await open(id);
    await eventually(() => reader.isOver);
    expect(reader.types().at(-1)).toBe('end');
    expect(reader.frames).toHaveLength(1 + told * settled.length + 2);
  });

  it('OPS-4: only so many are watched at a time, and who leaves makes room', async () => {
    const id = await run();
    const own = await bench.another({});
    const openOwn = () => open(id, {}, own);
    const readers = await Promise.all(Array.from({ length: 200 }, openOwn));
    expect(readers.map(({ status }) => status).every((status) => status === 200)).toBe(true);
    const refused = await openOwn();
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('10');
    readers[0]?.leave();
    await eventually(async () => {
      const again = await openOwn();
      readers.push(again);
      return again.status === 200;
    });
    await more(id, completed);
    await eventually(() => readers.every(({ isOver }, at) => at === 0 || isOver));
    expect(readers[1]?.types()).toEqual(['execution.started', 'execution.completed', 'end']);
  });

  it('OPS-4: a service that goes ends what it tells, without a last word', async () => {
    const id = await run();
    const going = await bench.another({});
    const reader = await open(id, {}, going);
    await eventually(() => reader.frames.length === 1);
    await going.stop();
    await eventually(() => reader.isOver);
    expect(reader.types()).toEqual(['execution.started']);
  });
});
