import type { Json } from '@signalbox/kernel';
import { backtestRequest } from './backtest-request.ts';

const now = new Date('2026-11-21T12:00:00Z');
const request = (body: Json) => backtestRequest(body, now);
const refusalOf = (body: Json) => {
  try {
    request(body);
    return undefined;
  } catch (error) {
    return error;
  }
};

describe('a request for a backtest', () => {
  it('RUL-6: covers the last thirty days when it does not say', () => {
    expect(request({ rules: [] })).toEqual({
      rules: [],
      since: new Date('2026-10-22T12:00:00Z'),
      until: now,
    });
  });

  it.each([
    ['90s', '2026-11-21T11:58:30Z'],
    ['45m', '2026-11-21T11:15:00Z'],
    ['12h', '2026-11-21T00:00:00Z'],
    ['7d', '2026-11-14T12:00:00Z'],
    ['2w', '2026-11-07T12:00:00Z'],
    ['2026-11-01', '2026-11-01T00:00:00Z'],
    ['2026-11-01T10:00:00Z', '2026-11-01T10:00:00Z'],
    ['2026-11-01T10:00:00.5+02:00', '2026-11-01T08:00:00.500Z'],
  ])('RUL-6: takes %j for %s', (since, instant) => {
    expect(request({ rules: [], since }).since).toEqual(new Date(instant));
  });

  it.each<[string, Json, string]>([
    ['a time that is none', { rules: [], since: 'yesterday' }, 'since'],
    ['a number', { rules: [], until: 5 }, 'until'],
    ['a period that ends before it begins', { rules: [], since: '1d', until: '2d' }, 'since'],
    ['a misspelt member', { rules: [], snice: '1d' }, ''],
    ['no rules', {}, 'rules'],
    [
      'a rule with an unknown action',
      { rules: [{ name: 'r', pattern: 'p', action: 'explode' }] },
      'rules.0.action',
    ],
    [
      'two rules of one name',
      {
        rules: [
          { name: 'r', pattern: 'p', action: 'allow' },
          { name: 'r', pattern: 'q', action: 'allow' },
        ],
      },
      'rules.1.name',
    ],
  ])('RUL-6: refuses %s, naming the field', (_, body, field) => {
    expect(refusalOf(body)).toMatchObject({ kind: 'invalid', fields: [{ field }] });
  });
});
