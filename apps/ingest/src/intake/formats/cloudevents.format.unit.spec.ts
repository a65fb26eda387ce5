import { problemIdOf } from '@signalbox/contracts';
import type { Json } from '@signalbox/kernel';
import { refusalOf, signalOf, signalsOf } from '../delivery.fixture.spec.ts';

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

  it('SIG-4: reports on the problem that its data names, which began when the data says', () => {
    const data = { ...event.data, fingerprint: 'db-1 disk' };
    expect(signalOf({ ...event, data }, { source: 'probe' })).toMatchObject({
      source: 'probe',
      problemId: problemIdOf('probe', 'db-1 disk'),
      startsAtKnown: false,
    });
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
