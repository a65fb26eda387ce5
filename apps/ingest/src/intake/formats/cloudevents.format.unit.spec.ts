import { problemIdOf } from '@signalbox/contracts';
import type { Json } from '@signalbox/kernel';
import { refusalOf, signalOf, signalsOf } from '../delivery.fixture.spec.ts';
import { hasNoData } from './cloudevents.format.ts';

/** After the examples of https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md */
const event = {
  specversion: '1.0',
  type: 'com.example.disk.full',
  source: '/hosts/db-1',
  subject: '/dev/sda1',
  id: '1234-1234-1234',
  time: '2026-11-21T04:56:24Z',
  datacontenttype: 'application/json',
  region: 'eu-west-1',
  data: { title: 'Disk full', severity: 'high', used: 0.97 },
};
const structured = { contentType: 'application/cloudevents+json; charset=utf-8' };
const batch = { contentType: 'application/cloudevents-batch+json' };
const binary = {
  headers: {
    'ce-specversion': '1.0',
    'ce-type': 'com.example.disk.full',
    'ce-source': '/hosts/db-1',
    'ce-subject': '/dev/sda1',
    'ce-id': '1234-1234-1234',
    'ce-time': '2026-11-21T04:56:24Z',
    'ce-region': 'eu%2Dwest-1',
    'user-agent': 'x',
  },
};
const expected = {
  source: '/hosts/db-1',
  type: 'com.example.disk.full',
  title: 'Disk full',
  severity: 'high',
  status: 'firing',
  labels: { ce_source: '/hosts/db-1', subject: '/dev/sda1', region: 'eu-west-1' },
  startsAt: '2026-11-21T04:56:24.000Z',
  startsAtKnown: true,
  payload: event.data,
};

describe('CloudEvents over HTTP', () => {
  it('SIG-2: makes an event of structured mode a canonical signal', () => {
    expect(signalOf(event, structured)).toMatchObject(expected);
    expect(signalOf(event)).toMatchObject(expected);
  });

  it('SIG-2: makes an event of binary mode the same signal', () => {
    const signal = signalOf(event.data, binary);
    expect(signal).toMatchObject(expected);
    expect(signal.labels).toEqual(expected.labels);
    expect(signal.id).toBe(signalOf(event).id);
  });

  it('SIG-2: makes a signal of each event of a batch, under one delivery', () => {
    const events = [event, { ...event, id: '2', data: { title: 'Other', status: 'resolved' } }];
    const signals = signalsOf(events, batch);
    expect(signals).toMatchObject([expected, { title: 'Other', status: 'resolved' }]);
    expect(new Set(signals.map(({ raw }) => raw.deliveryId)).size).toBe(1);
    expect(signals.map(({ raw }) => raw.index)).toEqual([0, 1]);
  });

  it('SIG-4: an event is one signal however often it is sent, and another one is another', () => {
    const again = { id: '01KAJ1X0000000000000000009', receivedAt: new Date() };
    expect(signalOf(event, again).id).toBe(signalOf(event).id);
    expect(signalOf({ ...event, id: '2' }).id).not.toBe(signalOf(event).id);
    const [one, two] = ['/hosts/db-1', '/hosts/db-2'].map((source) =>
      signalOf({ ...event, source }, { source: 'probe' }),
    );
    expect(one?.id).not.toBe(two?.id);
  });

  it('SIG-4: an event without a time is one signal, too, for each source of ours', () => {
    const { time: _, ...timeless } = event;
    const later = { id: '01KAJ1X0000000000000000009', receivedAt: new Date() };
    const ids = [
      signalOf(timeless),
      signalOf(timeless, later),
      signalOf({ ...timeless, id: '2' }),
      signalOf({ ...timeless, source: '/hosts/db-2' }),
      signalOf(timeless, { source: 'probe' }),
    ].map(({ id }) => id);
    expect(ids[1]).toBe(ids[0]);
    expect(new Set(ids).size).toBe(4);
  });

  it('SIG-4: reports on the problem that its data names, which began when the data says', () => {
    const data = { ...event.data, fingerprint: 'db-1 disk' };
    expect(signalOf({ ...event, data }, { source: 'probe' })).toMatchObject({
      source: 'probe',
      problemId: problemIdOf('probe', 'db-1 disk'),
      startsAtKnown: false,
    });
  });

  it('SIG-4: an event that reports on a problem is one signal, too; another of it is another', () => {
    const data = { ...event.data, fingerprint: 'db-1 disk' };
    const report = { ...event, data };
    const { time: _, ...timeless } = report;
    const again = {
      id: '01KAJ1X0000000000000000009',
      receivedAt: new Date('2026-11-22T00:00:00Z'),
    };
    for (const said of [report, timeless]) {
      expect(signalOf(said, again).id).toBe(signalOf(said).id);
      const [, inBatch] = signalsOf([event, said], { ...batch, ...again });
      expect(inBatch?.id).toBe(signalOf(said).id);
      expect(signalOf({ ...said, id: '2' }).id).not.toBe(signalOf(said).id);
      expect(signalOf(said, { source: 'probe' }).id).not.toBe(signalOf(said).id);
    }
    // Its time is that of the report: as the beginning each report would begin the problem anew.
    expect(signalOf(report)).toMatchObject({ startsAtKnown: false });
    const begun = { ...report, data: { ...data, startsAt: '2026-11-21T04:00:00Z' } };
    expect(signalOf(begun)).toMatchObject({
      startsAt: '2026-11-21T04:00:00.000Z',
      startsAtKnown: true,
    });
    expect(signalOf({ ...begun, id: '2' }).id).toBe(signalOf(begun).id);
  });

  it.each<[Json | undefined, Json]>([
    ['text', 'text'],
    [
      [1, 2],
      [1, 2],
    ],
    [undefined, { id: event.id, type: event.type }],
  ])('SIG-2: takes the data %j, too', (data, payload) => {
    const { data: _, ...attributes } = event;
    const signal = signalOf(data === undefined ? attributes : { ...attributes, data });
    expect(signal).toMatchObject({ payload });
  });

  const encoded = (text: string | Buffer) => Buffer.from(text).toString('base64');
  const withBase64 = (data_base64: Json, datacontenttype?: string): Json => {
    const { data: _, datacontenttype: __, ...attributes } = event;
    return { ...attributes, data_base64, ...(datacontenttype ? { datacontenttype } : {}) };
  };

  it.each([undefined, 'application/json; charset=utf-8', 'text/json', 'application/x+json'])(
    'SIG-2: reads JSON in base64, with the content type %s',
    (contentType) => {
      const said = withBase64(encoded(JSON.stringify(event.data)), contentType);
      expect(signalOf(said)).toMatchObject(expected);
      const [signal] = signalsOf([said], batch);
      expect(signal).toMatchObject(expected);
    },
  );

  it.each<[string, Json, string | undefined]>([
    ['of another type', encoded('{"title":"x"}'), 'application/xml'],
    ['that is no base64', '{"title":"x"}', undefined],
    ['that is no JSON', encoded('<a/>'), undefined],
    ['that is no UTF-8', encoded(Buffer.from([0x22, 0xff, 0x22])), undefined],
    ['that is too deep', encoded('['.repeat(100) + ']'.repeat(100)), undefined],
    ['that is no text', 7, undefined],
  ])('SIG-2: keeps data %s in base64 as it is', (_what, data, contentType) => {
    const said = withBase64(data, contentType);
    expect(signalOf(said)).toMatchObject({ payload: { data_base64: data, id: event.id } });
  });

  it('SIG-2: takes an event of binary mode without data', () => {
    const none = { ...binary, bytes: Buffer.alloc(0) };
    expect(hasNoData({ ...none, headers: {} })).toBe(false);
    expect(hasNoData({ ...none, bytes: Buffer.from('null') })).toBe(false);
    expect(hasNoData(none)).toBe(true);
    const signal = signalOf(null, none);
    expect(signal).toMatchObject({ type: event.type, payload: { id: event.id } });
    expect(signal.payload).not.toHaveProperty('data');
  });

  it('SIG-2: titles what has no title', () => {
    const title = 'com.example.disk.full /dev/sda1 from /hosts/db-1';
    expect(signalOf({ ...event, data: 7 }).title).toBe(title);
  });

  it.each<[string, Json, object]>([
    ['id', { ...event, id: 7 }, {}],
    ['source', { ...event, source: '' }, {}],
    ['specversion', { ...event, specversion: '0.3' }, {}],
    ['specversion', { data: {} }, structured],
    ['type', 'x', { headers: { ...binary.headers, 'ce-type': '' } }],
    ['1.type', [event, { ...event, type: null }], batch],
    ['', event, batch],
    ['', [], batch],
  ])('SIG-2: refuses a wrong %j as a whole, naming it', (field, body, about) => {
    const { kind, fields } = refusalOf(body, about);
    expect(kind).toBe('invalid');
    expect(fields.map((wrong) => wrong.field)).toContain(field);
  });
});
