import { SIGNAL_BYTES_MAX } from '@signalbox/contracts';
import { refusalOf, signalsOf } from './delivery.fixture.spec.ts';

const ours = { source: 's', event_type: 'e', title: 't' };
const event = { specversion: '1.0', id: '1', source: '/s', type: 't', data: {} };

const texts = (count: number, length: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`l${i}`, 'x'.repeat(length)]));
const many = texts(1_500, 500);
const numbers = Array.from({ length: 9_000 }, (_, i) => i).join(',');

describe('how much a delivery may hold', () => {
  it.each([
    ['labels', 'labels', { ...ours, labels: many }, {}],
    ['tags', 'labels', { title: 't', tags: numbers }, { source: 'probe' }],
    ['attributes of a CloudEvent', 'labels', { ...event, ...many }, {}],
    ['one event of a batch', '1.labels', [event, { ...event, ...many }], { format: 'cloudevents' }],
  ])('SIG-1: refuses %s that the router would not take, naming %s', (_what, field, body, about) => {
    expect(refusalOf(body, about)).toMatchObject({
      code: 'signal_too_large',
      kind: 'too_large',
      fields: [{ field, problem: expect.stringMatching(/at most 163840 are taken$/) }],
    });
  });

  it('SIG-1: takes labels up to what the router takes, whatever the body holds beside them', () => {
    const labels = texts(155, 1_000);
    const [signal] = signalsOf({ ...ours, labels, other: 'x'.repeat(500_000) });
    const { body: _, ...raw } = signal?.raw ?? {};
    const bytes = Buffer.byteLength(JSON.stringify({ ...signal, raw }));
    expect(bytes).toBeLessThanOrEqual(SIGNAL_BYTES_MAX);
    expect(bytes).toBeGreaterThan(SIGNAL_BYTES_MAX - 8_000);
  });
});
