import 'reflect-metadata';
import { Controller, Injectable, Module, type INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Payload } from '@nestjs/microservices';
import {
  AppError,
  defineCommand,
  newId,
  SystemClock,
  type DataOf,
  type ReceivedCommand,
} from '@signalbox/kernel';
import { eventually } from '@signalbox/testing';
import { of } from 'rxjs';
import { z } from 'zod';
import { contextFor, count, room, startBroker, type Broker } from './broker.fixture.spec.ts';
import { JetStreamCommandBus } from './jetstream-command-bus.ts';
import { JetStreamTimers } from './jetstream-timers.ts';
import { JetStreamTransport } from './jetstream.transport.ts';
import { OnCommand, OnMessages } from './message.decorators.ts';
import type { ReceivedMessage } from './received-message.ts';
import { streams } from './subjects.ts';

const greet = defineCommand({
  service: 'svc',
  name: 'greet',
  summary: 'Greets.',
  schema: z.object({ name: z.string().min(1), times: z.number().default(1) }),
});
const stream = defineCommand({ ...greet, name: 'stream', schema: z.object({}) });
const refuse = defineCommand({ ...greet, name: 'refuse', schema: z.object({}) });

@Injectable()
class Seen {
  readonly commands: ReceivedCommand[] = [];
  readonly signals: ReceivedMessage[] = [];
}

@Controller()
class SpecNats {
  constructor(private readonly seen: Seen) {}

  @OnCommand(greet)
  async onGreet(@Payload() command: ReceivedCommand<DataOf<typeof greet>>) {
    this.seen.commands.push(command);
    return { greeting: `hello ${command.data.name}` };
  }

  @OnCommand(stream)
  onStream() {
    return of('from an observable');
  }

  @OnCommand(refuse)
  onRefuse() {
    throw new AppError({ code: 'refused', kind: 'forbidden', message: 'not allowed' });
  }

  @OnMessages(streams.signals)
  async onSignal(@Payload() message: ReceivedMessage): Promise<void> {
    this.seen.signals.push(message);
  }
}

@Module({ controllers: [SpecNats], providers: [Seen] })
class SpecModule {}

const whole = () => ({
  'ce-id': newId(),
  'signalbox-correlation-id': newId(),
  'signalbox-causation-id': newId(),
  'signalbox-actor': 'person:ops',
  'signalbox-epoch': '0',
});

const asked = () => ({ id: newId(), context: contextFor(), waitMs: 30_000 });

describe('JetStreamTransport', () => {
  let broker: Broker;
  const apps: INestMicroservice[] = [];

  beforeAll(async () => {
    broker = await startBroker();
  });
  afterEach(async () => {
    await Promise.all(apps.splice(0).map((app) => app.close()));
  });
  afterAll(() => broker.stop());

  const startApp = async (place: ReturnType<typeof room>) => {
    const { connection } = broker;
    const { env } = place;
    const transport = new JetStreamTransport({ connection, env, service: 'svc' });
    const app = await NestFactory.createMicroservice(SpecModule, {
      strategy: transport,
      logger: false,
    });
    apps.push(app);
    await app.listen();
    const sender = { connection, env, source: 'service:spec', clock: new SystemClock() };
    return {
      ...place,
      app,
      transport,
      seen: app.get(Seen),
      bus: new JetStreamCommandBus(sender),
      timers: new JetStreamTimers(sender),
    };
  };

  it('runs a command on the controller, with defaults of its schema, and answers', async () => {
    const { bus, seen } = await startApp(room(broker));
    const id = newId();
    const context = contextFor();
    const command = { service: 'svc', name: 'greet', data: { name: 'Ada' } };
    const answer = await bus.request(command, { id, context, waitMs: 30_000 });
    expect(answer).toEqual({ greeting: 'hello Ada' });
    expect(seen.commands).toEqual([
      expect.objectContaining({ id, data: { name: 'Ada', times: 1 }, deliveries: 1, ...context }),
    ]);
  });

  it('takes an Observable as an answer, and an error as it was thrown', async () => {
    const { bus, deadLetters, transport } = await startApp(room(broker));
    expect(await bus.request(stream.of({}), asked())).toBe('from an observable');
    await expect(bus.request(refuse.of({}), asked())).rejects.toMatchObject({
      code: 'refused',
      kind: 'forbidden',
      message: 'not allowed',
    });
    await bus.send(refuse.of({}), asked());
    await transport.whenIdle();
    expect(await deadLetters()).toMatchObject([{ code: 'refused', message: 'not allowed' }]);
  });

  it('hands the messages of a stream over, of this environment only, with a span of this hop', async () => {
    const place = room(broker);
    const { seen, transport, subjects } = await startApp(place);
    const { connection } = broker;
    await connection.request(room(broker).subjects.signal('other', 'env'), '{}');
    await connection.request(subjects.signal('src', 'typ'), '{"s":1}');
    await transport.whenIdle();
    expect(seen.signals).toMatchObject([{ subject: subjects.signal('src', 'typ') }]);
    expect(seen.signals[0]?.headers.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  });

  it.each<[what: string, headers: Record<string, string>, body: string, reason: RegExp]>([
    ['no headers', {}, '{"name":"x"}', /ce-id/],
    ['an id that is none', { ...whole(), 'ce-id': '42' }, '{"name":"x"}', /ce-id: must be a ULID/],
    ['a wrong actor', { ...whole(), 'signalbox-actor': 'root' }, '{}', /signalbox-actor/],
    ['a wrong epoch', { ...whole(), 'signalbox-epoch': '-1' }, '{}', /signalbox-epoch/],
    ['a body that is not JSON', whole(), '{"name":', /\(body\): is not JSON/],
    ['bytes that are not UTF-8', whole(), '\xff\xfe', /\(body\)/],
    ['a field of a wrong type', whole(), '{"name":5}', /command svc\.greet: name: /],
    ['a missing field', whole(), '{}', /command svc\.greet: name: /],
  ])(
    'SIG-5: %s, published by a plain client, is a dead letter that names the field',
    async (...given) => {
      const [, headers, body, reason] = given;
      const { publish, deadLetters, transport, seen } = await startApp(room(broker));
      await publish('greet', body, headers);
      await transport.whenIdle();
      const [letter] = await deadLetters();
      expect(letter).toMatchObject({ service: 'svc', message: expect.stringMatching(reason) });
      expect(seen.commands).toEqual([]);
    },
  );

  it('makes a command that nobody handles a dead letter', async () => {
    const { publish, deadLetters, transport } = await startApp(room(broker));
    await publish('dance', '{}', whole());
    await transport.whenIdle();
    expect(await deadLetters()).toMatchObject([{ code: 'unknown_command' }]);
  });

  it('tells who waits what no handler could take', async () => {
    const { bus, deadLetters, transport } = await startApp(room(broker));
    const command = { service: 'svc', name: 'greet', data: { name: '' } };
    await expect(bus.request(command, asked())).rejects.toMatchObject({
      kind: 'invalid',
      fields: [{ field: 'name' }],
    });
    await transport.whenIdle();
    expect(await deadLetters()).toHaveLength(1);
  });

  it('fires a timer as the command it is, with its context, after a restart of the server', async () => {
    const place = room(broker);
    const { connection } = broker;
    const { env, subjects } = place;
    const clock = new SystemClock();
    const timers = new JetStreamTimers({ connection, env, source: 'service:spec', clock });
    const id = newId();
    const context = contextFor();
    const at = new Date(Date.now() + 1_500);
    await timers.schedule(greet.of({ name: 'later' }), { id, context, at });
    await broker.server.kill();
    await broker.server.restart();
    await eventually(() => connection.rtt().catch(() => undefined));
    const { seen } = await startApp(place);
    const command = await eventually(() => seen.commands[0]);
    expect(Date.now()).toBeGreaterThanOrEqual(at.getTime());
    expect(command).toMatchObject({ id, data: { name: 'later' }, deliveries: 1, ...context });
    const left = () => count(broker.manager, streams.timers, subjects.schedule('svc', id));
    await eventually(async () => (await left()) === 0);
    const fired = await broker.manager.streams.getMessage(streams.timers, {
      last_by_subj: subjects.fired('svc', 'greet'),
    });
    expect(fired?.header.get('Nats-TTL')).toBe('720h');
  });

  it('fires at once what is overdue: set late, or due while the server was down', async () => {
    const place = room(broker);
    const { connection } = broker;
    const clock = new SystemClock();
    const timers = new JetStreamTimers({
      connection,
      env: place.env,
      source: 'service:spec',
      clock,
    });
    const context = contextFor();
    const at = new Date(Date.now() + 1_000);
    await timers.schedule(greet.of({ name: 'missed' }), { id: newId(), context, at });
    await broker.server.kill();
    await eventually(() => Date.now() > at.getTime());
    await broker.server.restart();
    await eventually(() => connection.rtt().catch(() => undefined));
    const hourAgo = new Date(Date.now() - 3_600_000);
    await timers.schedule(greet.of({ name: 'late' }), { id: newId(), context, at: hourAgo });
    const { seen } = await startApp(place);
    await eventually(() => seen.commands.length === 2);
    const names = seen.commands.map(({ data }) => (data as { name: string }).name);
    expect(names.toSorted()).toEqual(['late', 'missed']);
  });

  it('replaces a timer that is scheduled again', async () => {
    const { timers, seen, transport } = await startApp(room(broker));
    const id = newId();
    const context = contextFor();
    const soon = new Date(Date.now() + 300);
    const late = new Date(Date.now() + 3_600_000);
    await timers.schedule(greet.of({ name: 'late' }), { id, context, at: late });
    await timers.schedule(greet.of({ name: 'soon' }), { id, context, at: soon });
    await eventually(() => seen.commands.length === 1);
    await transport.whenIdle();
    expect(seen.commands.map(({ data }) => data)).toEqual([{ name: 'soon', times: 1 }]);
  });

  it('refuses two methods for one command, and a command of another service', async () => {
    @Controller()
    class Twice {
      @OnCommand(greet)
      one(): void {}
      @OnCommand(greet)
      two(): void {}
    }
    @Module({ controllers: [Twice] })
    class TwiceModule {}
    @Controller()
    class Foreign {
      @OnCommand(defineCommand({ ...greet, service: 'other' }))
      one(): void {}
    }
    @Module({ controllers: [Foreign] })
    class ForeignModule {}
    const { env } = room(broker);
    const listen = async (module: typeof TwiceModule | typeof ForeignModule) => {
      const transport = new JetStreamTransport({
        connection: broker.connection,
        env,
        service: 'svc',
      });
      const options = { strategy: transport, logger: false, abortOnError: false } as const;
      const app = await NestFactory.createMicroservice(module, options);
      await app.listen();
    };
    await expect(listen(TwiceModule)).rejects.toThrow('two methods take: command greet');
    await expect(listen(ForeignModule)).rejects.toThrow('greet is a command of other, not svc');
  });
});
