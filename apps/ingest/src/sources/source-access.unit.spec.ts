import { Logger } from '@nestjs/common';
import { allEvents, deliveryRefused, type Signal } from '@signalbox/contracts';
import { AppError, digestOf, newId, SystemClock } from '@signalbox/kernel';
import { ControlWatch } from '@signalbox/service';
import { eventually, InMemoryEventFeed, InMemoryEventStore } from '@signalbox/testing';
import { z } from 'zod';
import { Access } from '../security/access.ts';
import { RefusedDeliveries } from './refused-deliveries.ts';
import { SourceAccess, type Attempt } from './source-access.ts';
import { sourcesSchema } from './sources.schema.ts';

class UnreliableStore extends InMemoryEventStore {
  isDown = false;

  override async append(
    ...appended: Parameters<InMemoryEventStore['append']>
  ): ReturnType<InMemoryEventStore['append']> {
    if (this.isDown) throw new AppError({ code: 'down', kind: 'unavailable', message: 'down' });
    return super.append(...appended);
  }
}

const sources = sourcesSchema(z.string()).parse({
  sources: {
    acme: { signature: { scheme: 'bearer', secrets: ['of-acme'] } },
    other: { signature: { scheme: 'bearer', secrets: ['of-other'] } },
    plain: { format: 'generic' },
  },
});

function doorOf(apiKey: string | undefined = 'key') {
  const store = new UnreliableStore({ definitions: allEvents });
  const feed = new InMemoryEventFeed(store.log, allEvents);
  const control = new ControlWatch(feed, new SystemClock());
  const refused = new RefusedDeliveries(store, control, new Logger('spec'));
  const recorded = () =>
    store.log.stored.map(({ json, record }) => ({
      ...deliveryRefused.schema.parse(JSON.parse(json)),
      record,
    }));
  return { access: new SourceAccess(sources, new Access(apiKey), refused), store, recorded };
}

const attemptOf = (changed: Partial<Attempt> = {}): Attempt => ({
  deliveryId: newId(),
  receivedAt: new Date(0),
  source: 'acme',
  headers: { authorization: 'Bearer of-acme' },
  bytes: Buffer.from('{}'),
  remoteAddress: '192.0.2.7',
  ...changed,
});

const withKey = { 'x-api-key': 'key' };
const claims = (...names: string[]) => names.map((source) => ({ source })) as unknown as Signal[];
const unauthenticated = expect.objectContaining({ kind: 'unauthenticated' });

describe('who may speak for a source', () => {
  beforeAll(() => Logger.overrideLogger(false));

  it('SIG-3: a source that signs needs no API key, configured or not', () => {
    for (const key of ['key', undefined]) {
      const { access } = doorOf(key);
      expect(access.admit(attemptOf())).toMatchObject({
        source: { name: 'acme' },
        signature: 'valid',
      });
    }
  });

  it('SIG-3: the API key does not stand for the signature, however the path is written', () => {
    const { access } = doorOf();
    for (const source of ['acme', 'ACME', ' acme '])
      expect(() => access.admit(attemptOf({ source, headers: withKey }))).toThrow(unauthenticated);
  });

  it('SIG-3: any other source needs the API key', () => {
    for (const source of ['plain', 'unknown', undefined]) {
      const { access, recorded } = doorOf();
      expect(access.admit(attemptOf({ source, headers: withKey })).signature).toBe('unsigned');
      expect(() => access.admit(attemptOf({ source, headers: {} }))).toThrow(unauthenticated);
      // What is refused by the key is no delivery of any source.
      expect(recorded()).toEqual([]);
    }
    expect(doorOf().access.admit(attemptOf({ source: 'plain', headers: withKey }))).toMatchObject({
      source: { format: 'generic' },
    });
  });

  it('SIG-3: whoever has the key cannot claim in the body to be a source that signs', async () => {
    const { access, recorded } = doorOf();
    const check = (...names: string[]) => {
      const attempt = attemptOf({ source: undefined, headers: withKey });
      access.checkClaims(attempt, access.admit(attempt), claims(...names));
    };
    expect(() => check('plain', 'unknown')).not.toThrow();
    for (const name of ['acme', 'Acme', 'ａcme']) {
      expect(() => check('plain', name)).toThrow(
        expect.objectContaining({
          fields: [{ field: 'Authorization', problem: expect.any(String) }],
        }),
      );
    }
    await eventually(() => recorded().length === 3);
    expect(recorded()[0]).toMatchObject({
      source: 'acme',
      reason: expect.stringMatching(/must be/),
    });
  });

  it('SIG-3: a source cannot speak for another with its own signature', () => {
    const { access } = doorOf();
    const attempt = attemptOf();
    const admission = access.admit(attempt);
    expect(() => access.checkClaims(attempt, admission, claims('acme'))).not.toThrow();
    for (const name of ['other', 'plain', 'unknown'])
      expect(() => access.checkClaims(attempt, admission, claims('acme', name))).toThrow(
        unauthenticated,
      );
  });

  it('SIG-3: a refusal is recorded with what was refused, and why', async () => {
    const { access, recorded } = doorOf();
    const attempt = attemptOf({ headers: {} });
    expect(() => access.admit(attempt)).toThrow(unauthenticated);
    await eventually(() => recorded().length === 1);
    expect(recorded()).toMatchObject([
      {
        source: 'acme',
        scheme: 'bearer',
        reason: 'Authorization is missing.',
        sha256: digestOf(attempt.bytes),
        bytes: 2,
        remoteAddress: '192.0.2.7',
        unrecorded: 0,
        record: {
          aggregate: 'delivery',
          aggregateId: attempt.deliveryId,
          correlationId: attempt.deliveryId,
          causationId: attempt.deliveryId,
          actor: 'service:ingest',
        },
      },
    ]);
  });

  it('SIG-3: a flood of bad requests records ten a minute for each source, and counts the rest', async () => {
    const { access, recorded } = doorOf();
    const refuse = (second: number, source = 'acme') => {
      const receivedAt = new Date(second * 1_000);
      const attempt = attemptOf({ source, receivedAt, headers: {} });
      expect(() => access.admit(attempt)).toThrow(unauthenticated);
    };
    for (let i = 0; i < 100; i++) refuse(i / 2);
    refuse(50, 'other');
    refuse(59.999);
    await eventually(() => recorded().length === 11);
    refuse(60);
    refuse(61);
    await eventually(() => recorded().length === 13);
    const counts = recorded().map(({ source, unrecorded }) => [source, unrecorded]);
    expect(counts.filter(([source]) => source === 'other')).toEqual([['other', 0]]);
    expect(counts.slice(-2)).toEqual([
      ['acme', 91],
      ['acme', 0],
    ]);
  });

  it('SIG-3: what could not be recorded is counted by the next that is', async () => {
    const { access, store, recorded } = doorOf();
    const refuse = () =>
      expect(() => access.admit(attemptOf({ headers: {} }))).toThrow(unauthenticated);
    store.isDown = true;
    refuse();
    refuse();
    await new Promise(setImmediate);
    store.isDown = false;
    refuse();
    await eventually(() => recorded().length === 1);
    expect(recorded()[0]?.unrecorded).toBe(2);
  });
});
