import { signalSchema } from '@signalbox/contracts';
import type { AppError, Json } from '@signalbox/kernel';
import { signalsIn } from './accept-delivery.handler.ts';
import type { Delivery } from './delivery.ts';

/** The example in Stourio's documentation. */
const documented = {
  source: 'datadog',
  event_type: 'alert',
  title: 'High CPU on web-server-03',
  severity: 'critical',
  payload: { host: 'web-server-03', cpu_percent: 97.3, duration_minutes: 5 },
};

function signalsOf(body: Json, rest: Partial<Delivery> = {}) {
  return signalsIn({
    id: '01KAJ1X0000000000000000000',
    receivedAt: new Date('2026-11-21T05:00:00.000Z'),
    bytes: Buffer.from(JSON.stringify(body)),
    contentType: '',
    body,
    source: undefined,
    idempotencyKey: undefined,
    ...rest,
  });
}

function errorOf(body: Json): AppError {
  try {
    signalsOf(body);
  } catch (error) {
    return error as AppError;
  }
  throw new Error('nothing was thrown');
}

const idOf = (idempotencyKey?: string) => signalsOf(documented, { idempotencyKey })[0]?.id;

describe('the generic webhook', () => {
  it('SIG-2: makes the documented body a canonical signal', () => {
    const [signal, ...others] = signalsOf(documented);
    expect(others).toEqual([]);
    expect(signal).toMatchObject({
      source: 'datadog',
      type: 'alert',
      title: 'High CPU on web-server-03',
      severity: 'critical',
      status: 'firing',
      startsAt: '2026-11-21T05:00:00.000Z',
      payload: documented.payload,
    });
    expect(signalSchema.parse(signal)).toEqual(signal);
  });

  it('takes every field at its limit', () => {
    const payload = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`k${i}`, i]));
    const most = {
      source: 's'.repeat(100),
      event_type: 'e'.repeat(100),
      title: 't'.repeat(1000),
      severity: 'v'.repeat(20),
      payload,
    };
    expect(signalSchema.safeParse(signalsOf(most)[0]).success).toBe(true);
    const filler = 'x'.repeat(65_536 - JSON.stringify({ a: '' }).length);
    expect(signalsOf({ ...documented, payload: { a: filler } })).toHaveLength(1);
    expect(errorOf({ ...documented, payload: { a: `${filler}x` } })).toMatchObject({
      kind: 'too_large',
      fields: [{ field: 'payload' }],
    });
  });

  it.each([
    ['source', { source: undefined }],
    ['source', { source: 's'.repeat(101) }],
    ['source', { source: 7 }],
    ['event_type', { event_type: undefined }],
    ['event_type', { event_type: 'e'.repeat(101) }],
    ['title', { title: undefined }],
    ['title', { title: 't'.repeat(1001) }],
    ['title', { title: '' }],
    ['severity', { severity: 'v'.repeat(21) }],
    ['payload', { payload: 'text' }],
    ['payload', { payload: ['a'] }],
    ['payload', { payload: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [i, i])) }],
  ])('refuses a wrong %s and names it', (field, wrong) => {
    const error = errorOf({ ...documented, ...wrong } as unknown as Json);
    expect(error).toMatchObject({ kind: 'invalid', fields: [{ field }] });
  });

  it.each([[null], [[]], ['text'], [7]])('refuses the body %j', (body) => {
    expect(errorOf(body)).toMatchObject({ kind: 'invalid' });
  });

  it('takes the source of the path when the body names none', () => {
    const { source: _, ...anonymous } = documented;
    expect(signalsOf(anonymous, { source: 'sensu' })[0]?.source).toBe('sensu');
    expect(signalsOf(documented, { source: 'sensu' })[0]?.source).toBe('datadog');
  });

  it('SIG-4: gives repeats of one idempotency key one id, and others their own', () => {
    expect(idOf('a')).toBe(idOf('a'));
    expect(idOf('a')).not.toBe(idOf('b'));
    expect(idOf()).not.toBe(idOf());
  });
});
