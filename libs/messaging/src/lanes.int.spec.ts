import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Payload } from '@nestjs/microservices';
import {
  defineCommand,
  newId,
  SystemClock,
  type DataOf,
  type ReceivedCommand,
} from '@signalbox/kernel';
import { eventually } from '@signalbox/testing';
import { z } from 'zod';
import { contextFor, startBroker, type Broker } from './broker.fixture.spec.ts';
import { JetStreamCommandBus } from './jetstream-command-bus.ts';
import { JetStreamTransport } from './jetstream.transport.ts';
import { OnCommand } from './message.decorators.ts';
import { streams } from './subjects.ts';

const FLOOD = 5_000;
const SLOTS = 4;

const begin = defineCommand({
  service: 'svc',
  name: 'begin',
  summary: 'Begin something.',
  schema: z.object({ source: z.string() }),
  lane: ({ source }) => source,
});
const carryOn = defineCommand({
  service: 'svc',
  name: 'carry-on',
  summary: 'Carry something on.',
  schema: z.object({ source: z.string() }),
});

const handled: string[] = [];
const gate = Promise.withResolvers<void>();

@Controller()
class Svc {
  @OnCommand(begin)
  async onBegin(@Payload() { data }: ReceivedCommand<DataOf<typeof begin>>): Promise<void> {
    handled.push(data.source);
    await gate.promise;
  }

  @OnCommand(carryOn)
  async onCarryOn(@Payload() { data }: ReceivedCommand<DataOf<typeof carryOn>>): Promise<void> {
    handled.push(`${data.source} goes on`);
    await gate.promise;
  }
}

@Module({ controllers: [Svc] })
class SvcModule {}

describe('commands in lanes', () => {
  let broker: Broker;

  beforeAll(async () => {
    broker = await startBroker();
  });
  afterAll(() => broker.stop());

  it(`AGT-8: of one source that begins ${FLOOD} runs, none waits that another one begins or carries on`, async () => {
    const { connection, env, manager } = broker;
    const bus = new JetStreamCommandBus({
      connection,
      env,
      source: 'spec',
      clock: new SystemClock(),
    });
    const send = (definition: typeof begin | typeof carryOn, source: string) =>
      bus.send(definition.of({ source }), { id: newId(), context: contextFor() });
    const flood = Array.from({ length: FLOOD }, () => send(begin, 'flood/agent'));
    await Promise.all(flood);
    const strategy = new JetStreamTransport({
      connection,
      env,
      service: 'svc',
      tuning: { [streams.commands]: { concurrency: SLOTS } },
    });
    const app = await NestFactory.createMicroservice(SvcModule, { strategy, logger: false });
    await app.listen();
    await send(begin, 'calm/agent');
    await send(carryOn, 'flood/agent');
    const held = async () => {
      const { num_ack_pending, num_pending } = await manager.consumers.info(
        streams.commands,
        `${env}_svc`,
      );
      return num_pending === 0 && num_ack_pending === FLOOD + 2;
    };
    await eventually(held);
    expect(handled).toEqual(Array.from({ length: SLOTS }, () => 'flood/agent'));
    gate.resolve();
    await eventually(() => handled.length === FLOOD + 2);
    expect(handled[SLOTS]).toBe('flood/agent goes on');
    expect(handled.indexOf('calm/agent')).toBeLessThanOrEqual(SLOTS + 2);
    await app.close();
  });
});
