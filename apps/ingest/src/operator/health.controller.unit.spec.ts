import { Logger } from '@nestjs/common';
import { controlHalted } from '@signalbox/contracts';
import { Clock } from '@signalbox/kernel';
import { NO_EVENTS } from '@signalbox/messaging';
import { ControlWatch } from '@signalbox/service';
import { eventually, InMemoryEventFeed, InMemoryEventStore, specContext } from '@signalbox/testing';
import { HealthController } from './health.controller.ts';

class LateClock extends Clock {
  override now(): Date {
    return new Date(Date.now() + 11_000);
  }
}

describe('the readiness of the edge', () => {
  beforeAll(() => Logger.overrideLogger(false));

  it('OBS-1: is refused with its reason, be it silence or an event of a newer release', async () => {
    const store = new InMemoryEventStore({ definitions: [controlHalted] });
    const watch = new ControlWatch(new InMemoryEventFeed(store.log, []), new LateClock());
    const health = new HealthController(watch);
    const ready = () => {
      try {
        return health.ready();
      } catch (error) {
        return error;
      }
    };
    await watch.onModuleInit();
    const code = 'control_unknown';
    const silence = 'Nothing was heard of the kill switch for 10 s.';
    expect(ready()).toMatchObject({ code, message: silence });
    const ref = { aggregate: 'control', id: 'global' };
    await store.append(ref, NO_EVENTS, [controlHalted.of({ reason: 'x' })], specContext);
    await eventually(() => watch.trouble !== silence);
    expect(ready()).toMatchObject({
      code,
      message: expect.stringMatching(/^The kill switch cannot be followed: event control\.halted/),
    });
    await watch.stop();
  });
});
