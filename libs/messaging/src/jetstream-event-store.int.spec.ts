import type { Msg, NatsConnection } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';
import { startNatsCluster } from '@signalbox/embedded';
import { newId, SystemClock, type EventDefinition } from '@signalbox/kernel';
import {
  answerLost,
  counted,
  eventually,
  faultyConnection,
  itKeepsTheEventStoreContract,
  newCounter,
  requestLost,
  specContext,
  startTestNats,
} from '@signalbox/testing';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NO_EVENTS } from './event-store.port.ts';
import { foreignKinds, publishForeign } from './foreign-message.fixture.spec.ts';
import { JetStreamEventStore } from './jetstream-event-store.ts';
import { provision } from './provision.ts';
import { subjectsOf } from './subjects.ts';

const one = counted.of({ by: 'me' });
const env = `t-${newId().toLowerCase()}`;

interface Servers {
  readonly urls: readonly string[];
  stop(): Promise<void>;
}

async function startServers(size: number): Promise<Servers> {
  if (size === 1) {
    const { url, stop } = await startTestNats();
    return { urls: [url], stop };
  }
  const dir = await mkdtemp(join(tmpdir(), 'signalbox-event-store-'));
  const cluster = await startNatsCluster({ dir, size });
  return {
    urls: cluster.urls,
    stop: async () => {
      await cluster.stop();
      await rm(dir, { recursive: true });
    },
  };
}

function storeOn(connection: NatsConnection, definitions: readonly EventDefinition[] = [counted]) {
  return new JetStreamEventStore({
    connection,
    env,
    definitions,
    clock: new SystemClock(),
    source: 'signalbox/spec',
  });
}

describe.each([1, 3])('the event store on %i replica(s)', (replicas) => {
  let servers: Servers;
  const connections: NatsConnection[] = [];

  beforeAll(async () => {
    servers = await startServers(replicas);
    for (let i = 0; i < 5; i++) {
      const url = servers.urls[i % replicas] ?? '';
      connections.push(await connect({ servers: url, maxReconnectAttempts: -1 }));
    }
    await provision(connectionOf(0), { replicas });
  });

  afterAll(async () => {
    await Promise.all(connections.map((connection) => connection.close()));
    await servers.stop();
  });

  const connectionOf = (index: number): NatsConnection => {
    const connection = connections[index % connections.length];
    if (!connection) throw new Error('no connection');
    return connection;
  };

  let opened = 0;
  itKeepsTheEventStoreContract(() => ({
    open: (definitions) => storeOn(connectionOf(opened++), definitions),
    publishForeign: (ref) => publishForeign(connectionOf(0), subjectsOf(env).aggregate(ref)),
  }));

  it('recognises an append of its own whose ack was lost', async () => {
    const faulty = faultyConnection(connectionOf(0));
    const store = storeOn(faulty.connection);
    const ref = newCounter();
    faulty.inject('audit.', 1, answerLost);
    const first = await store.append(ref, NO_EVENTS, [one], specContext);
    faulty.inject('audit.', 1, answerLost);
    const second = await store.append(ref, first.head, [one, one, one], specContext);
    expect(faulty.left).toBe(0);
    expect(second.head.version).toBe(4);
    const { events } = await store.read(ref, { fresh: true });
    expect(events).toEqual([...first.events, ...second.events]);
  });

  it('reads what stands behind foreign messages of every kind', async () => {
    const store = storeOn(connectionOf(0));
    const ref = newCounter();
    for (let kind = 0; kind < foreignKinds; kind++) {
      await publishForeign(connectionOf(0), subjectsOf(env).aggregate(ref));
      expect(await store.last(ref)).toBeUndefined();
    }
    const { events } = await store.append(ref, NO_EVENTS, [one], specContext);
    expect((await store.read(ref, { fresh: true })).events).toEqual(events);
    // Another replica than the leader may be a little behind.
    const read = await eventually(async () => {
      const history = await store.read(ref);
      return history.events.length > 0 && history;
    });
    expect(read.events).toEqual(events);
  });

  it('asks the leader once for the last event', async () => {
    const ref = newCounter();
    await storeOn(connectionOf(1)).append(ref, NO_EVENTS, [one], specContext);
    const faulty = faultyConnection(connectionOf(0));
    faulty.inject('$JS.API.STREAM.MSG.GET.', 9, (send) => send());
    expect(await storeOn(faulty.connection).last(ref)).toMatchObject(one);
    expect(faulty.left).toBe(8);
  });

  it('recognises its own append behind which others have gone on', async () => {
    const faulty = faultyConnection(connectionOf(0));
    const ref = newCounter();
    faulty.inject('audit.', 1, async (send) => {
      await send();
      const { head } = await storeOn(connectionOf(1)).read(ref, { fresh: true });
      await storeOn(connectionOf(1)).append(ref, head, [counted.of({ by: 'other' })], specContext);
      throw new Error('the answer came too late');
    });
    const { events } = await storeOn(faulty.connection).append(ref, NO_EVENTS, [one], specContext);
    const history = await storeOn(connectionOf(2)).read(ref, { fresh: true });
    expect(history.events.map((event) => event.data)).toEqual([{ by: 'me' }, { by: 'other' }]);
    expect(history.events[0]).toEqual(events[0]);
  });

  it.each([
    { group: 'stored', taken: [] },
    { group: 'refused because of some', taken: [5, 50] },
  ])('recognises each append of a group that was $group, its answer lost', async ({ taken }) => {
    const faulty = faultyConnection(connectionOf(0));
    const store = storeOn(faulty.connection);
    const refs = Array.from({ length: 100 }, newCounter);
    for (const index of taken) {
      const ref = refs[index] ?? newCounter();
      await storeOn(connectionOf(1)).append(ref, NO_EVENTS, [one], specContext);
    }
    faulty.inject('audit.', 1, answerLost);
    const outcomes = await Promise.allSettled(
      refs.map((ref) => store.append(ref, NO_EVENTS, [one], specContext)),
    );
    expect(faulty.left).toBe(0);
    expect(outcomes.flatMap((o, i) => (o.status === 'rejected' ? [i] : []))).toEqual(taken);
    for (const ref of refs) {
      expect((await store.read(ref, { fresh: true })).events).toHaveLength(1);
    }
  });

  it('does not take the append of another for its own when its ack was lost', async () => {
    const faulty = faultyConnection(connectionOf(0));
    const store = storeOn(faulty.connection);
    const ref = newCounter();
    await storeOn(connectionOf(1)).append(ref, NO_EVENTS, [one], specContext);
    faulty.inject('audit.', 1, answerLost);
    await expect(store.append(ref, NO_EVENTS, [one], specContext)).rejects.toMatchObject({
      kind: 'conflict',
    });
    expect((await store.read(ref, { fresh: true })).events).toHaveLength(1);
  });

  it('sends again what never arrived, and stores it once if it arrives after all', async () => {
    const faulty = faultyConnection(connectionOf(0));
    const store = storeOn(faulty.connection);
    const ref = newCounter();
    faulty.inject('audit.', 1, requestLost);
    const first = await store.append(ref, NO_EVENTS, [one, one], specContext);
    const late = Promise.withResolvers<() => Promise<Msg>>();
    faulty.inject('audit.', 1, (send) => {
      late.resolve(send);
      return Promise.reject(new Error('the request is late'));
    });
    const second = await store.append(ref, first.head, [one], specContext);
    const answer = (await (await late.promise)()).json();
    expect(answer).toMatchObject({ error: { err_code: 10_071 } });
    const { events } = await store.read(ref, { fresh: true });
    expect(events).toEqual([...first.events, ...second.events]);
  });

  it('says that it cannot know when the server never answers', async () => {
    const faulty = faultyConnection(connectionOf(0));
    faulty.inject('', Infinity, requestLost);
    const appending = storeOn(faulty.connection).append(
      newCounter(),
      NO_EVENTS,
      [one],
      specContext,
    );
    await expect(appending).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('refuses an aggregate id that is more than one token', async () => {
    const store = storeOn(connectionOf(0));
    for (const id of ['*', 'a.b', '>', '', 'a b']) {
      await expect(store.read({ aggregate: 'counter', id })).rejects.toMatchObject({ kind: 'bug' });
    }
    expect(await store.read({ aggregate: 'counter', id: newId() })).toMatchObject({ events: [] });
  });
});
