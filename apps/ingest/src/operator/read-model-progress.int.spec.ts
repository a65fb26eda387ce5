import { Clock } from '@signalbox/kernel';
import { startEmbeddedTestNats, type EmbeddedTestNats } from '@signalbox/testing';
import { ReadModelProgress } from './read-model-progress.ts';

class LateClock extends Clock {
  lateMs = 0;

  now(): Date {
    return new Date(Date.now() + this.lateMs);
  }
}

describe('the progress of the read models', () => {
  let nats: EmbeddedTestNats;

  beforeAll(async () => {
    nats = await startEmbeddedTestNats();
  });
  afterAll(() => nats.stop());

  const setUp = (env: string) => {
    const { connection } = nats;
    const clock = new LateClock();
    const publish = async () =>
      (await connection.request(`audit.${env}.x.y`, '{}')).json<{ seq: number }>().seq;
    return { clock, publish, progress: new ReadModelProgress({ connection, env, clock }) };
  };

  it('OBS-1: counts what they lack, in their own environment', async () => {
    const { publish, progress } = setUp('counts');
    expect(await progress.at(0)).toEqual({ status: 'ok', position: 0, lag: 0 });
    const first = await publish();
    await setUp('other').publish();
    await publish();
    const last = await publish();
    expect(await progress.at(0)).toEqual({ status: 'ok', position: 0, lag: 3 });
    expect(await progress.at(first)).toMatchObject({ lag: 2 });
    expect(await progress.at(last)).toEqual({ status: 'ok', position: last, lag: 0 });
  });

  it('OBS-1: are behind when they lack an event for 30 s, and only then', async () => {
    const { clock, publish, progress } = setUp('behind');
    const first = await publish();
    clock.lateMs = 25_000;
    expect(await progress.at(0)).toMatchObject({ status: 'ok', lag: 1 });
    clock.lateMs = 31_000;
    expect(await progress.at(0)).toEqual({ status: 'behind', position: 0, lag: 1 });
    expect(await progress.at(first)).toEqual({ status: 'ok', position: first, lag: 0 });
  });

  it('OBS-1: are not known while NATS does not tell', async () => {
    const { progress } = setUp('away');
    await nats.server.kill();
    try {
      expect(await progress.at(7)).toEqual({
        status: 'unknown',
        position: 7,
        lag: null,
        reason: expect.stringMatching(/^The event store did not answer a read/),
      });
    } finally {
      await nats.server.restart();
    }
  });
});
