import { ownSignalId } from '@signalbox/contracts';
import { signalOf } from './delivery.fixture.spec.ts';

const ours = { source: 's', event_type: 'e', title: 't' };
const startsAt = '2026-11-21T04:00:00Z';

describe('a canonical signal', () => {
  it('SIG-4: takes a beginning for known only where the problem or event has a name', () => {
    expect(signalOf({ ...ours, startsAt })).toMatchObject({ startsAtKnown: false });
    const signal = signalOf({ ...ours, startsAt, fingerprint: 'f' });
    expect(signal).toMatchObject({ startsAtKnown: true, id: ownSignalId(signal) });
  });

  it.each(['9999-12-31T23:59:59-23:59', '0001-01-01T00:00:00Z', '1970-01-01T00:00:00Z'])(
    'takes %s for a time that nobody knows',
    (odd) => {
      expect(signalOf({ ...ours, startsAt: odd, fingerprint: 'f' })).toMatchObject({
        startsAt: '2026-11-21T05:00:00.000Z',
        startsAtKnown: false,
      });
    },
  );

  it('SIG-4: tells problems apart whose names are long, and equal at their beginning', () => {
    const [one, two] = ['a', 'b'].map((end) =>
      signalOf({ ...ours, fingerprint: `${'x'.repeat(300)}${end}` }),
    );
    expect(one?.fingerprint).toMatch(/^sha256:/);
    expect(one?.problemId).not.toBe(two?.problemId);
  });
});
