import { ULID_PATTERN } from '@signalbox/kernel';
import { headerNames } from '@signalbox/messaging';
import { signalOf } from './signal.codec.ts';
import { aMessage, aSignal, messageOf } from './signal.fixture.spec.ts';

const problemIn = (read: () => unknown): unknown => {
  try {
    return read();
  } catch (error) {
    return error;
  }
};

describe('signalOf', () => {
  it('reads what our own intake published', () => {
    expect(signalOf(messageOf(aSignal()))).toEqual(aSignal());
  });

  it('SIG-5: makes a signal of the plain JSON of anybody', () => {
    const body = '{"title":"Disk full","severity":"high","labels":{"host":"a"},"used":0.99}';
    expect(signalOf(aMessage({ body }))).toMatchObject({
      id: expect.stringMatching(ULID_PATTERN),
      source: 'probe',
      type: 'disk.full',
      title: 'Disk full',
      severity: 'high',
      status: 'firing',
      labels: { host: 'a' },
      startsAt: '2026-11-01T10:00:00.000Z',
      payload: { used: 0.99 },
      raw: { bytes: body.length },
      signature: 'unsigned',
    });
  });

  it('SIG-5: gives a message the same id whenever it is read, and another one its own', () => {
    expect(signalOf(aMessage({ deliveries: 1 }))).toEqual(signalOf(aMessage({ deliveries: 2 })));
    expect(signalOf(aMessage({ sequence: 8 })).id).not.toBe(signalOf(aMessage({})).id);
  });

  it('SIG-5: gives a title to what has none', () => {
    expect(signalOf(aMessage({ body: '{}' })).title).toBe('disk.full from probe');
  });

  it('SIG-2: reads CloudEvents, structured and binary', () => {
    const data = { title: 'Disk full', used: 1 };
    const structured = { specversion: '1.0', id: '1', source: '/x', type: 'y', data };
    const binary = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/x', 'ce-type': 'y' };
    for (const message of [
      aMessage({ body: JSON.stringify(structured) }),
      aMessage({ body: JSON.stringify(data), headers: binary }),
    ]) {
      expect(signalOf(message)).toMatchObject({
        source: 'probe',
        type: 'disk.full',
        title: 'Disk full',
        payload: { used: 1 },
      });
    }
  });

  it.each([
    ['{"title":', ''],
    ['', ''],
    ['[1,2]', ''],
    ['"text"', ''],
    ['{"title":7}', 'title'],
    ['{"severity":["high"]}', 'severity'],
    ['{"labels":{"a":1}}', 'labels.a'],
    ['{"status":"on fire"}', 'status'],
    [`{"title":"${'x'.repeat(1001)}"}`, 'title'],
  ])('SIG-5: refuses %.40j, naming the field %j', (body, field) => {
    expect(problemIn(() => signalOf(aMessage({ body })))).toMatchObject({
      kind: 'invalid',
      fields: [{ field }],
    });
  });

  it('SIG-5: refuses what claims to be ours and is not, naming the fields', () => {
    const { title: _, ...rest } = aSignal();
    const message = messageOf({ ...rest, id: 'x' });
    expect(problemIn(() => signalOf(message))).toMatchObject({
      kind: 'invalid',
      fields: [{ field: 'id' }, { field: 'title' }],
    });
  });

  it('SIG-5: refuses a signal in the name of another source than its subject says', () => {
    const { subject } = messageOf(aSignal({ source: 'mallory' }));
    const forged = { ...messageOf(aSignal()), subject };
    expect(problemIn(() => signalOf(forged))).toMatchObject({
      kind: 'invalid',
      fields: [{ field: 'source' }],
    });
    const { subject: typed } = messageOf(aSignal({ type: 'Other' }));
    expect(problemIn(() => signalOf({ ...messageOf(aSignal()), subject: typed }))).toMatchObject({
      fields: [{ field: 'type' }],
    });
  });

  it('SIG-6: refuses a signal too large for what follows from it, before it is decided', () => {
    const body = JSON.stringify({ log: 'x'.repeat(200_000) });
    expect(problemIn(() => signalOf(aMessage({ body })))).toMatchObject({
      code: 'signal_too_large',
      kind: 'too_large',
    });
  });

  it('SIG-5: refuses bytes that are no UTF-8, and nesting made to exhaust the stack', () => {
    const bytes = Uint8Array.from([0x22, 0xff, 0x22]);
    expect(problemIn(() => signalOf(aMessage({ bytes })))).toMatchObject({ kind: 'invalid' });
    const body = `{"payload":${'['.repeat(50_000)}${']'.repeat(50_000)}}`;
    expect(problemIn(() => signalOf(aMessage({ body })))).toMatchObject({
      code: 'malformed_json',
      message: 'signal: the body nests deeper than 100',
    });
  });

  it('keeps the content type that was said', () => {
    const headers = { [headerNames.contentType]: 'application/cloudevents+json' };
    expect(signalOf(aMessage({ headers })).raw.contentType).toBe('application/cloudevents+json');
  });
});
