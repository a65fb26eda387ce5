import { defineEvent, newId, type EventRecord } from '@signalbox/kernel';
import { z } from 'zod';
import { EventCodec } from './event-codec.ts';
import type { StoredMessage } from './event-envelope.ts';

const noted = defineEvent({
  type: 'note.noted',
  aggregate: 'note',
  summary: 'A note was taken.',
  schema: z.object({ text: z.string() }),
});

const record: Omit<EventRecord, 'sequence'> = {
  id: newId(),
  aggregate: 'note',
  aggregateId: 'straße',
  version: 3,
  time: new Date('2026-11-21T05:06:15.250Z'),
  correlationId: newId(),
  causationId: newId(),
  actor: 'person:Zoë\r\nce-type: forged',
  epoch: 12,
};

const bytes = new TextEncoder();
const codec = new EventCodec([noted], 'signalbox/spec');

/** The message as a reader of the stream would get it. */
function stored(text = 'ok', change: Record<string, string> = {}): StoredMessage {
  const { headers, payload } = codec.encode(noted.of({ text }), record);
  const lines = headers.split('\r\n').filter((line) => line !== '');
  return {
    subject: `audit.spec.note.${record.aggregateId}`,
    sequence: 9,
    headers: {
      ...Object.fromEntries(lines.map((line) => line.split(': ') as [string, string])),
      ...change,
    },
    payload,
  };
}

describe('the event codec', () => {
  it('gives back the event with all that is known of it', () => {
    expect(codec.decode(stored('“quoted” ☃'))).toEqual({
      ...noted.of({ text: '“quoted” ☃' }),
      record: { ...record, sequence: 9 },
    });
  });

  it('writes CloudEvents headers of printable ASCII, whatever the names in them', () => {
    const { headers } = stored();
    expect(headers).toMatchObject({
      'ce-specversion': '1.0',
      'ce-type': 'note.noted',
      'ce-source': 'signalbox/spec',
      'ce-subject': 'note/stra%C3%9Fe',
      'ce-time': '2026-11-21T05:06:15.250Z',
      'ce-dataschema': 'urn:signalbox:event:note.noted:1',
    });
    expect(Object.values(headers).join('')).toMatch(/^[\x21-\x7e]+$/);
  });

  it('does not guess at a version that a newer release wrote', () => {
    const newer = stored('ok', { 'signalbox-schema-version': '2' });
    expect(() => codec.decode(newer)).toThrow(
      expect.objectContaining({ code: 'unknown_event_type', kind: 'unavailable' }),
    );
  });

  it('calls corrupt an event whose data its own schema refuses', () => {
    const corrupt = { ...stored(), payload: bytes.encode('{"text":1}') };
    expect(() => codec.decode(corrupt)).toThrow(
      expect.objectContaining({ code: 'corrupt_event', kind: 'bug' }),
    );
    expect(codec.isEvent(corrupt)).toBe(true);
  });

  it('takes a message that lacks one of our headers for no event, of whatever version', () => {
    const { headers } = stored('ok', { 'signalbox-schema-version': '2' });
    // What the decoding rests on; the others only describe.
    const described = new Set(['ce-source', 'ce-dataschema', 'content-type', 'traceparent']);
    const needed = Object.keys(headers).filter((name) => !described.has(name));
    expect(needed).toHaveLength(11);
    for (const name of needed) {
      const rest = Object.fromEntries(Object.entries(headers).filter(([key]) => key !== name));
      expect(codec.decode({ ...stored(), headers: rest })).toBeUndefined();
    }
  });

  it.each([
    ['ce-specversion', '0.3'],
    ['ce-id', 'x'],
    ['ce-type', 'Odd type'],
    ['ce-subject', 'note/other'],
    ['ce-time', 'yesterday'],
    ['ce-time', '2026-13-21T05:06:15.250Z'],
    ['ce-time', '0000-01-01T00:00:00.000Z'],
    ['signalbox-schema-version', '0'],
    ['signalbox-schema-version', 'NaN'],
    ['signalbox-version', '-1'],
    ['signalbox-version', '1e3'],
    ['signalbox-version', '9999999999'],
    ['signalbox-epoch', '0.5'],
    ['signalbox-actor', 'me'],
    ['signalbox-correlation-id', ''],
  ])('takes a message with %s: %s for no event', (name, value) => {
    expect(codec.decode(stored('ok', { [name]: value }))).toBeUndefined();
  });

  it('takes what is no JSON object, or on a subject of no such aggregate, for no event', () => {
    for (const foreign of [
      { ...stored(), payload: bytes.encode('{') },
      { ...stored(), payload: bytes.encode('') },
      { ...stored(), payload: bytes.encode('null') },
      { ...stored(), payload: Uint8Array.of(0x22, 0xff, 0x22) },
      { ...stored(), subject: 'audit.spec.note.stra%C3%9Fe' },
      { ...stored(), subject: 'audit.spec.note.straße.more' },
      { ...stored(), subject: 'audit' },
      { ...stored('ok', { 'ce-subject': 'other/1' }), subject: 'audit.spec.other.1' },
    ]) {
      expect(codec.decode(foreign)).toBeUndefined();
      expect(codec.isEvent(foreign)).toBe(false);
    }
  });

  it('refuses to write an event into an aggregate that is not its own', () => {
    expect(() => codec.encode(noted.of({ text: 'x' }), { ...record, aggregate: 'other' })).toThrow(
      expect.objectContaining({ code: 'unregistered_event', kind: 'bug' }),
    );
  });
});
