import { allEvents } from '@signalbox/contracts';
import type { ReadOptions } from '@signalbox/messaging';
import { InMemoryEventStore } from '@signalbox/testing';
import { ControlReader, haltRefusal } from './control-check.ts';
import { halt, resume } from './gateway.fixture.spec.ts';

describe('what the leader says of the kill switch', () => {
  it('CTL-1: is what all that happened to it comes to, each time it is asked', async () => {
    const store = new InMemoryEventStore({ definitions: allEvents });
    const control = new ControlReader(store);
    expect(await control.read()).toEqual({ halted: false, haltedAt: 0, epoch: 0 });
    const first = await halt(store);
    expect(await control.read()).toEqual({ halted: true, haltedAt: first, epoch: first });
    expect(await control.read()).toEqual({ halted: true, haltedAt: first, epoch: first });
    const over = await resume(store);
    expect(await control.read()).toEqual({ halted: false, haltedAt: first, epoch: over });
    const [second, resumed] = [await halt(store), await resume(store)];
    expect(await control.read()).toEqual({ halted: false, haltedAt: second, epoch: resumed });
    expect(await new ControlReader(store).read()).toEqual(await control.read());
  });

  it('is asked for what is new only, by many at once', async () => {
    const store = new InMemoryEventStore({ definitions: allEvents });
    const control = new ControlReader(store);
    const read = store.read.bind(store);
    const asked: (ReadOptions | undefined)[] = [];
    store.read = (ref, options) => {
      asked.push(options);
      return read(ref, options);
    };
    await halt(store);
    const epoch = await resume(store);
    asked.splice(0);
    const answers = await Promise.all([control.read(), control.read(), control.read()]);
    expect(new Set(answers.map((answer) => answer.epoch))).toEqual(new Set([epoch]));
    expect(asked.splice(0)).toHaveLength(3);
    await control.read();
    expect(asked).toEqual([{ fresh: true, after: { sequence: epoch, version: 2 } }]);
  });

  it('CTL-1: refuses what was issued before the last halt, and all while halted', () => {
    const running = { halted: false, haltedAt: 7, epoch: 9 };
    expect(haltRefusal(running, 9)).toBeUndefined();
    expect(haltRefusal(running, 7)).toBeUndefined();
    expect(haltRefusal(running, 6)).toMatchObject({ clause: 'stale_epoch' });
    expect(haltRefusal({ ...running, halted: true }, 9)).toMatchObject({ clause: 'halted' });
  });
});
