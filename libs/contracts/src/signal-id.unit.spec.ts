import { idAt, ULID_PATTERN } from '@signalbox/kernel';
import { isSignalIdInHeaders, ownSignalId, signalIdOf, type SignalMessage } from './signal-id.ts';
import { SIGNAL_SCHEMA, signalSchema } from './signal.contract.ts';

const ID = '01KAJ1X0000000000000000001';
const TIME = new Date('2026-11-01T10:00:00.000Z');

const aMessage = (about: Partial<SignalMessage> & { readonly body?: string } = {}) => ({
  stream: 'SIGNALS',
  subject: 'signals.default.probe.disk.full',
  sequence: 7,
  time: TIME,
  headers: {},
  bytes: new TextEncoder().encode(about.body ?? '{"title":"Disk full"}'),
  ...about,
});
const position = idAt(TIME, 'SIGNALS', 7);
const own = (id: string) => ({ headers: { 'ce-dataschema': SIGNAL_SCHEMA, 'ce-id': id } });
const binary = (about: Record<string, string> = {}) => ({
  headers: { 'ce-specversion': '1.0', 'ce-id': 'e1', 'ce-source': '/x', ...about },
});
const structured = (about: object = {}) => ({
  body: JSON.stringify({ specversion: '1.0', id: 'e1', source: '/x', ...about }),
});

describe('the id of a signal on the stream', () => {
  it('is the one that our own intake gave it, wherever it stands', () => {
    expect(signalIdOf(aMessage(own(ID)))).toBe(ID);
    expect(signalIdOf(aMessage({ ...own(ID), sequence: 8 }))).toBe(ID);
  });

  it.each([
    ['plain JSON', {}],
    ['what is no JSON', { body: '{"title": ' }],
    ['what is no object', { body: 'null' }],
    ['bytes that are no UTF-8', { bytes: Uint8Array.from([0x22, 0xff, 0x22]) }],
    ['what claims to be ours under an id that is none', own('../../x')],
    ['a CloudEvent without an id', structured({ id: undefined })],
    ['a CloudEvent whose id is no text', structured({ id: 7 })],
    ['a CloudEvent without a source', { headers: { 'ce-specversion': '1.0', 'ce-id': 'e1' } }],
  ])('SIG-5: of %s follows from its place', (_what, about) => {
    expect(signalIdOf(aMessage(about))).toBe(position);
    expect(signalIdOf(aMessage({ ...about, sequence: 8 }))).not.toBe(position);
  });

  it('SIG-5: of a CloudEvent is the same when it is sent again, in either mode', () => {
    const first = signalIdOf(aMessage(binary()));
    expect(first).toMatch(ULID_PATTERN);
    const again = { sequence: 8, time: new Date('2026-11-02T10:00:00.000Z') };
    expect(signalIdOf(aMessage({ ...binary(), ...again }))).toBe(first);
    expect(signalIdOf(aMessage({ ...structured(), ...again }))).toBe(first);
  });

  it.each([
    ['our own', own(ID)],
    ['a binary CloudEvent', binary()],
  ])('of %s is told by the headers alone', (_what, about) => {
    const message = aMessage(about);
    expect(isSignalIdInHeaders(message.headers)).toBe(true);
    expect(signalIdOf({ ...message, bytes: new Uint8Array() })).toBe(signalIdOf(message));
  });

  it.each([
    ['a structured CloudEvent', structured()],
    ['what claims to be ours', own('x')],
    ['plain JSON', {}],
  ])('of %s needs the body', (_what, about) => {
    expect(isSignalIdInHeaders(aMessage(about).headers)).toBe(false);
  });

  it('SIG-5: of two CloudEvents is another one, and of another publisher, too', () => {
    const others = [
      binary({ 'ce-id': 'e2' }),
      binary({ 'ce-source': '/y' }),
      { ...binary(), subject: 'signals.default.mallory.disk.full' },
    ];
    const ids = [binary(), ...others].map((about) => signalIdOf(aMessage(about)));
    expect(new Set(ids).size).toBe(4);
  });

  it.each([
    ['2026-11-01T10:00:00.000Z', TIME],
    ['2026-11-01T12:00:00+02:00', TIME],
    ['1066-10-14T09:00:00Z', new Date(0)],
    ['yesterday', new Date(0)],
  ])('sorts a CloudEvent of %s by its time', (time, at) => {
    const id = signalIdOf(aMessage(structured({ time })));
    expect(id).toMatch(ULID_PATTERN);
    expect(id.slice(0, 10)).toBe(idAt(at, 'x').slice(0, 10));
  });
});

describe('the id of a signal of our own intake', () => {
  const { id: _, ...signal } = signalSchema.parse({
    id: ID,
    source: 'probe',
    type: 'disk.full',
    title: 'Disk full',
    fingerprint: 'f',
    startsAt: TIME.toISOString(),
    receivedAt: TIME.toISOString(),
    payload: {},
    raw: { sha256: `sha256:${'0'.repeat(64)}`, bytes: 2, contentType: '', deliveryId: ID },
    signature: 'unsigned',
  });
  const later = {
    ...signal,
    startsAt: '2026-11-02T10:00:00.000Z',
    raw: { ...signal.raw, deliveryId: '01KAJ1X0000000000000000002', index: 3 },
  };
  const named = { isNamed: true };

  it('SIG-4: of what its source neither names nor dates follows from its delivery', () => {
    expect(ownSignalId(later)).not.toBe(ownSignalId(signal));
  });

  it('SIG-4: of an event that its source names follows from the name and the source', () => {
    const id = ownSignalId(signal, named);
    expect(id).toMatch(ULID_PATTERN);
    expect(ownSignalId(later, named)).toBe(id);
    expect(ownSignalId({ ...signal, source: 'mallory' }, named)).not.toBe(id);
    expect(ownSignalId({ ...signal, fingerprint: 'g' }, named)).not.toBe(id);
  });

  it('SIG-4: of a fact that its source dates follows from the time, named or not', () => {
    const dated = { ...signal, startsAtKnown: true };
    expect(ownSignalId(dated, named)).toBe(ownSignalId(dated));
    expect(ownSignalId({ ...later, startsAtKnown: true })).not.toBe(ownSignalId(dated));
  });
});
