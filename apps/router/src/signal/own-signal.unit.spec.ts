import { ownSignalId, problemIdOf, SIGNAL_SCHEMA, type Signal } from '@signalbox/contracts';
import { headerNames } from '@signalbox/messaging';
import { signalOf } from './signal.codec.ts';
import { aSignal, messageOf } from './signal.fixture.spec.ts';

const refusal = (signal: Partial<Signal>, headers: Record<string, string> = {}) => {
  const message = messageOf(signal);
  try {
    return signalOf({ ...message, headers: { ...message.headers, ...headers } });
  } catch (error) {
    return error;
  }
};
const OTHER_ID = '01KAJ1X0000000000000000000';

describe('a signal in our own shape', () => {
  it('is read as it was published, without the body of the request', () => {
    const signal = aSignal();
    const { raw } = signal;
    const published = { ...signal, raw: { ...raw, body: 'x'.repeat(1_500_000) } };
    expect(signalOf(messageOf(published))).toEqual(signal);
  });

  it('SIG-4: has the id of the fact where its beginning is known', () => {
    const fact = { startsAtKnown: true, problemId: problemIdOf('alertmanager', 'f1') };
    const signal = aSignal(fact);
    expect(signalOf(messageOf(signal))).toEqual(signal);
    const raw = { ...signal.raw, deliveryId: OTHER_ID, index: 3 };
    expect(ownSignalId({ ...signal, raw })).toBe(signal.id);
  });

  it('SIG-4: has the id of the event where its source names one and not its time', () => {
    const signal = aSignal();
    const event = { ...signal, id: ownSignalId(signal, { isNamed: true }) };
    expect(signalOf(messageOf(event))).toEqual(event);
  });

  it.each<[string, string, Partial<Signal>, Record<string, string>]>([
    ['another id than its header', 'id', aSignal(), { [headerNames.id]: OTHER_ID }],
    [
      'the id of another’s signal',
      'id',
      { ...aSignal({ source: 'mallory' }), id: aSignal().id },
      {},
    ],
    ['an id of its choice', 'id', { ...aSignal(), id: OTHER_ID }, {}],
    [
      'the problem of another source',
      'problemId',
      { ...aSignal(), problemId: problemIdOf('x', 'f1') },
      {},
    ],
    ['somebody’s conversation', 'conversationId', { ...aSignal(), conversationId: 'c' }, {}],
  ])('SIG-5: is refused with %s', (_what, field, signal, headers) => {
    expect(refusal(signal, headers)).toMatchObject({
      code: 'signal_not_its_own',
      kind: 'invalid',
      fields: [{ field }],
    });
  });

  it('may belong to a conversation when it comes from chat', () => {
    const said = aSignal({ source: 'chat', conversationId: 'c' });
    expect(signalOf(messageOf(said))).toMatchObject({ conversationId: 'c' });
  });

  it('SIG-5: is not what a plain body becomes by our header alone', () => {
    const headers = { [headerNames.dataSchema]: SIGNAL_SCHEMA };
    expect(refusal({ source: 'a', type: 'b', title: 'c' }, headers)).toMatchObject({
      kind: 'invalid',
    });
  });
});
