import { problemIdOf } from '@signalbox/contracts';
import { headerNames } from '@signalbox/messaging';
import { signalOf } from './signal.codec.ts';
import { aMessage } from './signal.fixture.spec.ts';

const read = (body: unknown, headers: Record<string, string> = {}, about: object = {}) =>
  signalOf(aMessage({ body: JSON.stringify(body), headers, ...about }));
const refusal = (body: unknown, headers: Record<string, string> = {}) => {
  try {
    return read(body, headers);
  } catch (error) {
    return error;
  }
};

/** https://github.com/cloudevents/spec/blob/main/cloudevents/bindings/nats-protocol-binding.md */
const event = {
  specversion: '1.0',
  id: '1234-1234-1234',
  source: '/hosts/db-1',
  type: 'com.example.disk.full',
  time: '2026-11-01T09:59:00Z',
  subject: '/dev/sda1 é',
  data: { title: 'Disk full', used: 0.97 },
};
const binary = {
  'ce-specversion': '1.0',
  'ce-id': '1234-1234-1234',
  'ce-source': '/hosts/db-1',
  'ce-type': 'com.example.disk.full',
  'ce-time': '2026-11-01T09:59:00Z',
  'ce-subject': '/dev/sda1%20%C3%A9',
};
const without = (name: string, of: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(of).filter(([key]) => key !== name)) as Record<string, string>;

describe('a signal of a plain publisher', () => {
  it('SIG-4: reports on the problem that it names, of its own source only', () => {
    const signal = read({
      title: 'Disk full',
      fingerprint: 'db-1 disk',
      startsAt: '2026-11-01T09:00:00+01:00',
    });
    expect(signal).toMatchObject({
      fingerprint: 'db-1 disk',
      problemId: problemIdOf('probe', 'db-1 disk'),
      startsAt: '2026-11-01T08:00:00.000Z',
      startsAtKnown: true,
    });
    expect(read({ title: 'Disk full' }).problemId).toBeUndefined();
  });

  it('takes the year 1 for a time that is not known', () => {
    expect(read({ startsAt: '0001-01-01T00:00:00Z' })).toMatchObject({
      startsAt: '2026-11-01T10:00:00.000Z',
      startsAtKnown: false,
    });
  });

  it('SIG-5: cannot claim that it was signed, another source, an id, or a conversation', () => {
    const claims = {
      signature: 'valid',
      source: 'alertmanager',
      id: '01KAJ1X0000000000000000000',
      problemId: '01KAJ1X0000000000000000000',
      conversationId: 'c',
      raw: { body: 'x' },
    };
    const signal = read(claims);
    expect(signal).toMatchObject({ signature: 'unsigned', source: 'probe', payload: claims });
    expect(signal.id).not.toBe(claims.id);
    expect(signal.problemId).toBeUndefined();
    expect(signal).not.toHaveProperty('conversationId');
    expect(signal.raw).not.toHaveProperty('body');
  });

  it('SIG-5: may say `__proto__`, which means nothing', () => {
    const body = '{"__proto__":{"title":"x","status":"resolved"},"title":"y"}';
    const signal = signalOf(aMessage({ body }));
    expect(signal).toMatchObject({ title: 'y', status: 'firing' });
    expect(JSON.stringify(signal.payload)).toBe(body);
  });
});

describe('a CloudEvent on NATS', () => {
  const expected = {
    source: 'probe',
    type: 'disk.full',
    title: 'Disk full',
    labels: {
      ce_source: '/hosts/db-1',
      ce_type: 'com.example.disk.full',
      ce_subject: '/dev/sda1 é',
    },
    startsAt: '2026-11-01T09:59:00.000Z',
    startsAtKnown: true,
    payload: { title: 'Disk full', used: 0.97 },
    signature: 'unsigned',
  };

  it('SIG-5: is read in structured and in binary mode alike', () => {
    const structured = read(event);
    expect(structured).toMatchObject(expected);
    expect(read(event, { [headerNames.contentType]: 'application/cloudevents+json' }).id).toBe(
      structured.id,
    );
    const { raw, ...same } = read(event.data, binary);
    expect(structured).toMatchObject(same);
    expect(raw.sha256).not.toBe(structured.raw.sha256);
  });

  it('SIG-4: sent twice is the same signal; of another source it is another', () => {
    const again = { sequence: 9, time: new Date('2026-11-02T10:00:00.000Z') };
    expect(read(event, {}, again).id).toBe(read(event).id);
    const other = { subject: 'signals.default.mallory.disk.full' };
    expect(read(event, {}, other).id).not.toBe(read(event).id);
  });

  it('SIG-4: dates an event, not the problem that it reports on', () => {
    const data = { fingerprint: 'db-1 disk' };
    expect(read({ ...event, data })).toMatchObject({
      problemId: problemIdOf('probe', 'db-1 disk'),
      startsAtKnown: false,
    });
  });

  it('SIG-5: may have any JSON for its data, or none', () => {
    expect(read({ ...event, data: [1, 'two'] })).toMatchObject({
      title: 'disk.full from probe',
      payload: [1, 'two'],
    });
    expect(read({ ...event, data: undefined, data_base64: 'AAE=' })).toMatchObject({
      payload: { data_base64: 'AAE=' },
    });
    expect(read(without('data', event))).toMatchObject({ payload: expected.labels });
    const empty = signalOf(aMessage({ body: '', headers: binary }));
    expect(empty).toMatchObject({ payload: expected.labels });
  });

  it('SIG-5: may have its data in base64, which is read as over HTTP', () => {
    const { data, ...attributes } = event;
    const said = { ...data, fingerprint: 'db-1 disk', labels: { host: 'db-1' } };
    const encoded = Buffer.from(JSON.stringify(said)).toString('base64');
    const { raw: _, ...plain } = read({ ...attributes, data: said });
    expect(read({ ...attributes, data_base64: encoded })).toMatchObject(plain);
    const binaryData = { ...attributes, data_base64: encoded, datacontenttype: 'image/png' };
    expect(read(binaryData)).toMatchObject({ payload: { data_base64: encoded } });
    const wrong = Buffer.from('{"title":7}').toString('base64');
    expect(refusal({ ...attributes, data_base64: wrong })).toMatchObject({
      fields: [{ field: 'title' }],
    });
  });

  it.each([
    ['id', without('id', event), {}],
    ['source', { ...event, source: '' }, {}],
    ['type', { ...event, type: 7 }, {}],
    ['specversion', { ...event, specversion: '0.3' }, {}],
    ['id', {}, without('ce-id', binary)],
    ['type', {}, without('ce-type', binary)],
    ['title', { ...event, data: { title: 7 } }, {}],
    ['title', { title: 7 }, binary],
  ])('SIG-5: is refused with a wrong %s, which is named', (field, body, headers) => {
    expect(refusal(body, headers)).toMatchObject({ kind: 'invalid', fields: [{ field }] });
  });
});
