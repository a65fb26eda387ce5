import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { ToolCatalogue } from '../catalogue/tool-catalogue.ts';
import type { Tool } from '../ports/tool.port.ts';
import { toolFor } from './gateway.fixture.spec.ts';
import { grantedTool } from './granted-tool.ts';

function granted(run: Tool['run'], limits: object): Tool {
  const offered = new ToolCatalogue([]).offerOf(toolFor({ run }));
  if (!offered) throw new Error('unusable');
  return grantedTool(offered, limits).tool;
}

const call = (signal = new AbortController().signal) => ({ callId: 'CALL1', signal });

/** Never ends unless it is stopped. */
const endless: Tool['run'] = async (_, { signal }) => {
  await delay(60_000, undefined, { signal }).catch(() => undefined);
  return { status: 'interrupted', code: 'cancelled', message: 'stopped' };
};

describe('a tool within the limits of an entry', () => {
  it('GTW-5: is stopped when its time is up', async () => {
    expect(await granted(endless, { timeoutMs: 100 }).run({}, call())).toMatchObject({
      status: 'interrupted',
      code: 'timeout',
      message: expect.stringContaining('100 ms'),
    });
  });

  it('GTW-5: ends a while after its time is up, though it does not heed its signal', async () => {
    const deaf: Tool['run'] = () => new Promise(() => undefined);
    expect(await granted(deaf, { timeoutMs: 100 }).run({}, call())).toMatchObject({
      status: 'interrupted',
      code: 'timeout',
      message: expect.stringMatching(/100 ms.*may still be running/),
    });
  });

  it('GTW-5: keeps an answer that comes just after its time', async () => {
    const late: Tool['run'] = async (_, { signal }) => {
      await once(signal, 'abort');
      return { status: 'succeeded', result: 'late' };
    };
    expect(await granted(late, { timeoutMs: 100 }).run({}, call())).toMatchObject({
      status: 'succeeded',
    });
  });

  it('CTL-1: is stopped by a halt, which is no timeout', async () => {
    const ended = await granted(endless, { timeoutMs: 60_000 }).run({}, call(AbortSignal.abort()));
    expect(ended).toMatchObject({ code: 'cancelled' });
  });

  it('GTW-5: has the limit of the entry for its answer, which is not its own to keep', async () => {
    const run: Tool['run'] = async () => ({ status: 'succeeded', result: 'x'.repeat(2_000) });
    const tool = granted(run, { outputBytesMax: 1_500 });
    expect(tool.outputBytesMax).toBe(1_500);
    expect(await tool.run({}, call())).toMatchObject({ status: 'succeeded' });
  });
});
