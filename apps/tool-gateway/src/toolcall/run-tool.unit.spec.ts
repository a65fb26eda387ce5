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

  it('is a failure that says so when it is too large for a blob as well', async () => {
    const { handler, store, tool, blobs } = answering('x'.repeat(BLOB_BYTES_MAX));
    const outcome = await handler.handle(commandOf(await requestedCall(store, tool)));
    expect(outcome).toMatchObject({ status: 'failed', code: 'output_too_large' });
    expect(blobs.size).toBe(0);
  });

  it('is a failure that says that the tool ran when it cannot be kept', async () => {
    const { store, bus, tool } = answering('x'.repeat(limits.outputBytesMax));
    const { handler } = gatewayOver(store, bus, tool, { blobs: new UnreachableBlobStore() });
    const outcome = await handler.handle(commandOf(await requestedCall(store, tool)));
    expect(outcome).toMatchObject({
      status: 'failed',
      code: 'output_not_kept',
      message: expect.stringMatching(/^The tool ran/),
    });
  });
});
