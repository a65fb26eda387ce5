import fc from 'fast-check';
import { isPublicAddress } from './public-address.ts';

describe('public addresses', () => {
  it.each([
    ['0.0.0.0', '10.1.2.3', '100.64.0.1', '127.0.0.1', '127.255.255.254', '169.254.169.254'],
    ['172.16.0.1', '172.31.255.255', '192.0.0.8', '192.0.2.1', '192.88.99.1', '192.168.0.1'],
    ['198.18.0.1', '198.19.255.255', '198.51.100.1', '203.0.113.1', '224.0.0.1', '255.255.255.255'],
    ['::', '::1', '::127.0.0.1', '::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:8.8.8.8'],
    ['64:ff9b::7f00:1', '64:ff9b::8.8.8.8', '64:ff9b:1::a00:1', '100::1', '2001::1', '2001:db8::1'],
    ['2002:7f00:1::1', '3fff::1', '5f00::1', 'fc00::1', 'fdff::1', 'fe80::1', 'fec0::1', 'ff02::1'],
    ['fe80::1%eth0', '2606:4700::1111%lo', '2606:4700::1111%25lo', 'localhost', '', '1', '0x7f.1'],
  ])('GTW-7: %s, %s, %s, %s, %s, %s are not', (...addresses) => {
    for (const address of addresses)
      expect([address, isPublicAddress(address)]).toEqual([address, false]);
  });

  it.each([
    ['1.1.1.1', '8.8.8.8', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0'],
    [
      '126.255.255.255',
      '128.0.0.0',
      '172.15.255.255',
      '172.32.0.0',
      '192.0.1.0',
      '223.255.255.255',
    ],
    ['2606:4700::1111', '2001:200::1', '2003::1', '2a00::1', '2620:4f:8000::1', '2001:4860::8888'],
  ])('%s, %s, %s, %s, %s, %s are', (...addresses) => {
    for (const address of addresses)
      expect([address, isPublicAddress(address)]).toEqual([address, true]);
  });

  it('GTW-7: no IPv6 address that carries an IPv4 address is, whatever it carries', () => {
    const prefixes = ['::ffff:', '::', '64:ff9b::', '64:ff9b:1::', '::ffff:0:'];
    fc.assert(
      fc.property(fc.constantFrom(...prefixes), fc.ipV4(), (prefix, carried) => {
        expect(isPublicAddress(prefix + carried)).toBe(false);
      }),
    );
  });
});
