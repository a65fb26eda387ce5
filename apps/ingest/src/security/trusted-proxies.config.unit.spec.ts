import { trustedProxiesSchema } from './trusted-proxies.config.ts';

describe('trusted proxies', () => {
  it('OPS-2: are none unless they are named', () => {
    expect(trustedProxiesSchema.parse(undefined)).toEqual([]);
    expect(trustedProxiesSchema.parse('10.0.0.0/8, loopback,2001:db8::/32,192.0.2.1')).toEqual([
      '10.0.0.0/8',
      'loopback',
      '2001:db8::/32',
      '192.0.2.1',
    ]);
  });

  it.each(['everybody', '10.0.0', '10.0.0.0/33', '10.0.0.0/0', '::/129', '10.0.0.0/8/8', '1'])(
    'OPS-2: %j is not a network',
    (text) => {
      expect(trustedProxiesSchema.safeParse(text).success).toBe(false);
    },
  );
});
