import { Access } from './access.ts';

describe('access', () => {
  const access = new Access('the-key');

  it.each([
    [{ 'x-stourio-key': 'the-key' }],
    [{ 'x-api-key': 'the-key' }],
    [{ authorization: 'Bearer the-key' }],
    [{ authorization: 'bearer the-key' }],
  ])('OPS-1: lets %j in as the operator', (headers) => {
    expect(access.actorOf(headers)).toBe('person:operator');
  });

  it.each([[{}], [{ 'x-stourio-key': '' }], [{ authorization: 'Basic dGhlLWtleQ==' }]])(
    'OPS-1: asks %j for a key',
    (headers) => {
      expect(() => access.actorOf(headers)).toThrow(
        expect.objectContaining({ kind: 'unauthenticated' }),
      );
    },
  );

  it.each([['the-ke'], ['the-key '], ['THE-KEY'], ['another']])(
    'OPS-1: refuses the key %j',
    (key) => {
      expect(() => access.actorOf({ 'x-stourio-key': key })).toThrow(
        expect.objectContaining({ kind: 'forbidden' }),
      );
    },
  );

  it('OPS-2: lets nobody in while no key is configured', () => {
    expect(() => new Access(undefined).actorOf({ 'x-stourio-key': 'undefined' })).toThrow(
      expect.objectContaining({ kind: 'unavailable' }),
    );
  });
});
