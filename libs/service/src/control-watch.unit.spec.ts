import { allEvents, controlHalted, controlResumed } from '@signalbox/contracts';
import { Clock, type DomainEvent } from '@signalbox/kernel';
import { eventually, InMemoryEventFeed, InMemoryEventStore, specContext } from '@signalbox/testing';
import { ControlWatch } from './control-watch.ts';

class LateClock extends Clock {
  lateMs = 0;

  now(): Date {
    return new Date(Date.now() + this.lateMs);
  }
}

async function setUp() {
  const store = new InMemoryEventStore({ definitions: allEvents });
  const clock = new LateClock();
  const watch = new ControlWatch(new InMemoryEventFeed(store.log, allEvents), clock);
  const ref = { aggregate: 'control', id: 'global' };
  const turn = async (event: DomainEvent) => {
    const { head } = await store.read(ref);
    return (await store.append(ref, head, [event], specContext)).head.sequence;
  };
  return {
    clock,
    watch,
    publishForeign: () => store.log.appendForeign({ aggregate: 'control', id: 'x' }),
    halt: () => turn(controlHalted.of({ reason: 'spec' })),
    resume: () => turn(controlResumed.of({ reason: 'spec' })),
  };
}

describe('ControlWatch', () => {
  it('is unknown, and lets nothing pass, before it watches', async () => {
    const { watch } = await setUp();
    expect(watch.state()).toBe('unknown');
    expect(() => watch.assertRunning()).toThrow(expect.objectContaining({ kind: 'unavailable' }));
  });

  it('knows a halt from before its start, and the resume after, by their epochs', async () => {
    const { watch, halt, resume } = await setUp();
    const halted = await halt();
    await watch.onModuleInit();
    expect(watch).toMatchObject({ halted: true, epoch: halted });
    expect(() => watch.assertRunning()).toThrow(expect.objectContaining({ code: 'halted' }));
    const resumed = await resume();
    await eventually(() => watch.epoch === resumed);
    expect(watch.state()).toBe('running');
    watch.assertRunning();
    await watch.stop();
  });

  it('tells listeners of each halt, until they have heard enough', async () => {
    const { watch, halt } = await setUp();
    await watch.onModuleInit();
    let heard = 0;
    const end = watch.onHalt(() => heard++);
    const first = await halt();
    await eventually(() => watch.epoch === first);
    end();
    const second = await halt();
    await eventually(() => watch.epoch === second);
    expect(heard).toBe(1);
    await watch.stop();
  });

  it('CTL-1: starts and goes on in spite of a message that is no event', async () => {
    const { watch, halt, resume, publishForeign } = await setUp();
    publishForeign();
    await watch.onModuleInit();
    expect(watch.state()).toBe('running');
    const halted = await halt();
    publishForeign();
    await eventually(() => watch.epoch === halted);
    expect(watch.state()).toBe('halted');
    const resumed = await resume();
    await eventually(() => watch.epoch === resumed);
    expect(watch.state()).toBe('running');
    await watch.stop();
  });

  it('grows unknown in ten seconds of silence', async () => {
    const { watch, clock } = await setUp();
    await watch.onModuleInit();
    clock.lateMs = 9_000;
    expect(watch.state()).toBe('running');
    clock.lateMs = 11_000;
    expect(watch.state()).toBe('unknown');
    expect(watch.trouble).toBe('Nothing was heard of the kill switch for 10 s.');
    await watch.stop();
  });

  it('does not go on as running with a watch that cannot follow', async () => {
    const { watch, clock, halt } = await setUp();
    await watch.onModuleInit();
    watch.onHalt(() => {
      throw new Error('spec');
    });
    const halted = await halt();
    await eventually(() => watch.epoch === halted);
    expect(watch.state()).toBe('halted');
    clock.lateMs = 11_000;
    expect(watch.state()).toBe('unknown');
    await eventually(() => watch.trouble === 'The kill switch cannot be followed: spec');
    await watch.stop();
  });
});
