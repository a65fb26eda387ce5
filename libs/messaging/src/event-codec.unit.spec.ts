import { defineEvent, newId, type EventRecord } from '@signalbox/kernel';
import { z } from 'zod';
import { EventCodec, type StoredMessage } from './event-codec.ts';

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

  it('calls corrupt what nobody can have written', () => {
    const bytes = new TextEncoder();
    const { 'ce-id': _, ...nameless } = stored().headers;
    for (const corrupt of [
      { ...stored(), payload: bytes.encode('{') },
      { ...stored(), payload: bytes.encode('{"text":1}') },
      { ...stored(), headers: nameless },
    ]) {
      expect(() => codec.decode(corrupt)).toThrow(
        expect.objectContaining({ code: 'corrupt_event', kind: 'bug' }),
      );
    }
  });

  it('refuses to write an event into an aggregate that is not its own', () => {
    expect(() => codec.encode(noted.of({ text: 'x' }), { ...record, aggregate: 'other' })).toThrow(
      expect.objectContaining({ code: 'unregistered_event', kind: 'bug' }),
    );
  });
});
