import { settleAgentTool } from '@signalbox/contracts';
import { AppError, type Json } from '@signalbox/kernel';
import { BLOB_BYTES_MAX } from '@signalbox/messaging';
import { InMemoryBlobStore } from '@signalbox/testing';
import {
  commandOf,
  gatewayOver,
  gatewayWith,
  requestedCall,
  limits,
  typesOf,
} from './gateway.fixture.spec.ts';

const answering = (result: Json) =>
  gatewayWith({ run: async () => ({ status: 'succeeded', result }) });

class UnreachableBlobStore extends InMemoryBlobStore {
  override async put(): Promise<never> {
    throw new AppError({ code: 'blobs_unavailable', kind: 'unavailable', message: 'away' });
  }
}

describe('a result that is too large for an event', () => {
  const SECRET = 'canary-in-a-large-result';

  it('AGT-8, GTW-5: is kept whole, without secrets, and its beginning is what the caller gets', async () => {
    const { handler, bus, blobs, store, redactor, tool } = answering({
      lines: Array.from({ length: 50_000 }, (_, n) => `line ${n} "${SECRET}"`),
    });
    redactor.register(SECRET);
    const invocation = await requestedCall(store, tool);
    const outcome = await handler.handle(commandOf(invocation));
    if (outcome.status !== 'succeeded' || !outcome.whole) throw new Error('no whole');
    const { bytes } = await blobs.get(outcome.whole.digest);
    expect(bytes.length).toBeGreaterThan(1_000_000);
    const text = Buffer.from(bytes).toString();
    expect(JSON.parse(text)).toMatchObject({ lines: { length: 50_000 } });
    expect(text).not.toContain(SECRET);
    expect(outcome.result).toMatch(/^\{"lines":\["line 0 \\"\[redacted\]/);
    expect(outcome.result).toContain(`beginning of ${bytes.length} bytes`);
    expect(outcome.result).toContain(outcome.whole.digest);
    // The run is told the same, and so is the log.
    expect(bus.sentOf(settleAgentTool)).toMatchObject([{ outcome }]);
    const { events } = await store.read({ aggregate: 'toolcall', id: invocation.callId });
    expect(events.at(-1)?.data).toMatchObject({ result: outcome.result, whole: outcome.whole });
  });

  it.each([
    ['a text', 'é'.repeat(limits.outputBytesMax)],
    ['what takes most in JSON', '\u0001\ud83d'.repeat(limits.outputBytesMax)],
  ])('is within the limit as it is recorded: %s', async (_, result) => {
    const { handler, store, tool } = answering(result);
    const outcome = await handler.handle(commandOf(await requestedCall(store, tool)));
    expect(Buffer.byteLength(JSON.stringify(outcome))).toBeLessThan(limits.outputBytesMax);
    expect(outcome).toMatchObject({ status: 'succeeded', whole: {} });
  });

  it('is kept as it is just below', async () => {
    const result = 'x'.repeat(limits.outputBytesMax - 2);
    const { handler, store, tool, blobs } = answering(result);
    expect(await handler.handle(commandOf(await requestedCall(store, tool)))).toEqual({
      status: 'succeeded',
      result,
    });
    expect(blobs.size).toBe(0);
  });

  it.each([
    ['too large for a blob as well', 'x'.repeat(BLOB_BYTES_MAX), new InMemoryBlobStore()],
    ['not to be kept now', 'x'.repeat(limits.outputBytesMax), new UnreachableBlobStore()],
  ])(
    'GTW-6: is a success without the rest, that says so, when it is %s',
    async (_, result, blobs) => {
      const { store, bus, tool } = answering(result);
      const { handler } = gatewayOver(store, bus, tool, { blobs });
      const outcome = await handler.handle(commandOf(await requestedCall(store, tool)));
      expect(outcome).toEqual({
        status: 'succeeded',
        result: expect.stringMatching(/^x{8000}…\noutput_not_kept: The tool ran and succeeded/),
      });
      expect(Buffer.byteLength(JSON.stringify(outcome))).toBeLessThan(limits.outputBytesMax);
    },
  );

  it.each([
    [{ outputBytesMax: 1_000 }, 1_000],
    [{ outputBytesMax: 200_000 }, limits.outputBytesMax],
  ])(
    'GTW-5: the smaller limit of gateway and policy decides how much of it there is',
    async (grant, most) => {
      const { handler, store, tool, blobs } = answering('é"'.repeat(50_000));
      Object.assign(tool, grant);
      const outcome = await handler.handle(commandOf(await requestedCall(store, tool)));
      if (outcome.status !== 'succeeded' || !outcome.whole) throw new Error('no whole');
      expect(Buffer.byteLength(JSON.stringify(outcome.result))).toBeLessThanOrEqual(most);
      expect(outcome.result).toMatch(/^é"[^]*output_too_large: The tool ran and succeeded/);
      expect((await blobs.get(outcome.whole.digest)).bytes.length).toBe(outcome.whole.bytes);
    },
  );
});

describe('what is told of a failure', () => {
  it.each([
    ['failed', 'host_not_allowed', false, /^ouch\. Nothing was done\. Use another/],
    ['failed', 'timeout', true, /Nothing was done/],
    ['interrupted', 'timeout', true, /may have taken effect; doing it again does no harm/],
    ['failed', 'http_status', true, /doing it again does no harm/],
    ['failed', 'http_status', false, /may have taken effect: find out before you do it again/],
    ['failed', 'constructor', false, /may have taken effect: find out before you do it again/],
  ] as const)('GTW-6: %s as %s (repeatable: %s): %s', async (status, code, repeatable, said) => {
    const run = async () => ({ status, code, message: 'ouch' });
    const { handler, store, tool } = gatewayWith({ repeatable, run });
    const outcome = await handler.handle(commandOf(await requestedCall(store, tool)));
    expect(outcome).toEqual({ status: 'failed', code, message: expect.stringMatching(said) });
  });

  it.each([
    ['of words', 'no disk left on the device. '.repeat(400_000)],
    ['of what takes most in JSON', '\u0001\ud83d'.repeat(3_000_000)],
  ])('GTW-5: is within the limit of the policy, and says that it was cut: %s', async (_, text) => {
    const secret = 'canary-behind-the-limit';
    const run = async () => ({
      status: 'failed' as const,
      code: 'tool_error',
      message: `${'a'.repeat(450)} ${secret} ${text}`,
    });
    const { handler, store, tool, redactor } = gatewayWith({ run });
    redactor.register(secret);
    Object.assign(tool, { outputBytesMax: 1_000 });
    const outcome = await handler.handle(commandOf(await requestedCall(store, tool)));
    if (outcome.status !== 'failed') throw new Error(outcome.status);
    expect(outcome.message).toMatch(
      /^a{450} \[redacted\] .*… \(the beginning of \d{7,8} characters\)\. It may have/s,
    );
    expect(Buffer.byteLength(JSON.stringify(outcome.message))).toBeLessThanOrEqual(1_000);
  });
});

describe('a tool that heeds nothing', () => {
  const { jest } = import.meta;
  const doNotFake = ['nextTick', 'queueMicrotask', 'setImmediate', 'performance'] as const;
  beforeEach(() => void jest.useFakeTimers({ doNotFake: [...doNotFake] }));
  afterEach(() => void jest.useRealTimers());

  async function deaf(repeatable: boolean) {
    const begun = Promise.withResolvers<void>();
    const run = () => new Promise<never>(() => begun.resolve());
    const gateway = gatewayWith({ repeatable, run });
    const invocation = await requestedCall(gateway.store, gateway.tool);
    const ended = gateway.handler.handle(commandOf(invocation));
    await begun.promise;
    return { ...gateway, ended, invocation };
  }

  it.each([
    [
      false,
      { status: 'unknown', message: expect.stringMatching(/^cancelled: .*kill switch.*may/) },
    ],
    [
      true,
      { status: 'failed', code: 'cancelled', message: expect.stringMatching(/may have taken/) },
    ],
  ])(
    'CTL-1: is let go after a halt, and recorded (repeatable: %s)',
    async (repeatable, outcome) => {
      const { ended, running, bus, store, invocation } = await deaf(repeatable);
      running.abortAll('halted');
      await jest.advanceTimersByTimeAsync(4_000);
      expect(await ended).toMatchObject(outcome);
      // Its run is told, and so is whoever counts what is still under way.
      expect(bus.sentOf(settleAgentTool)).toMatchObject([{ outcome }]);
      const last = repeatable ? 'toolcall.failed' : 'toolcall.unknown';
      expect(await typesOf(store, invocation.callId)).toEqual(['toolcall.claimed', last]);
    },
  );

  it('GTW-6: is let go when the longest time is up that a tool may have', async () => {
    const { ended } = await deaf(false);
    await jest.advanceTimersByTimeAsync(640_000);
    expect(await ended).toMatchObject({
      status: 'unknown',
      message: expect.stringMatching(/^timeout: It has not ended after \d+ s/),
    });
  });
});

it('GTW-2: a tool is told which run asks, and of none where none does', async () => {
  const asked: (string | undefined)[] = [];
  const { handler, store, tool } = gatewayWith({
    run: async (_, { executionId }) => {
      asked.push(executionId);
      return { status: 'succeeded', result: 'ok' };
    },
  });
  const ofRun = await requestedCall(store, tool);
  const ofNobody = await requestedCall(store, tool);
  await handler.handle(commandOf(ofRun));
  await handler.handle(commandOf({ ...ofNobody, executionId: ofNobody.callId }));
  expect(asked).toEqual([ofRun.executionId, undefined]);
});
