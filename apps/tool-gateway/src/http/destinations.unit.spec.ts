import { destinationList, Destinations } from './destinations.ts';

const of = (...list: string[]) => new Destinations(destinationList.parse(list));

describe('destinations', () => {
  it('GTW-7: allow nothing that is not listed, not even what is public', () => {
    const none = of();
    expect(none.allowsHost('example.com', 443)).toBe(false);
    expect(none.allowsHost('8.8.8.8', 443)).toBe(false);
    expect(none.allowsAddress('10.0.0.5', 9090)).toBe(false);
  });

  it.each([
    ['example.com', 'example.com', 443, true],
    ['example.com', 'EXAMPLE.com.', 80, true],
    ['example.com', 'example.com', 8080, false],
    ['example.com:8080', 'example.com', 443, false],
    ['example.com:*', 'example.com', 9, true],
    ['example.com', 'api.example.com', 443, false],
    ['*.example.com', 'api.example.com', 443, true],
    ['*.example.com', 'example.com', 443, false],
    ['*.example.com', 'evilexample.com', 443, false],
    ['example.com', 'example.com.evil.test', 443, false],
    ['10.0.0.5:9090', '10.0.0.5', 9090, true],
    ['10.0.0.5:9090', '10.0.0.5', 9091, false],
    ['10.0.0.0/8:9090', '10.9.9.9', 9090, true],
    ['10.0.0.0/8:9090', '11.0.0.0', 9090, false],
    ['[fd00::/8]:9090', 'fd00::5', 9090, true],
    ['[fd00::5]:9090', 'fd00::6', 9090, false],
    ['[fe80::1]:80', 'fe80::1%eth0', 80, false],
  ])('%s: a URL to %s, port %s: %s', (entry, host, port, allowed) => {
    expect(of(entry).allowsHost(host, port)).toBe(allowed);
  });

  it('GTW-7: let a listed name lead to public and listed addresses only', () => {
    const list = of('prometheus.internal:9090', '10.0.0.0/8:9090');
    expect(list.allowsAddress('10.0.0.5', 9090)).toBe(true);
    expect(list.allowsAddress('10.0.0.5', 22)).toBe(false);
    expect(list.allowsAddress('192.168.0.5', 9090)).toBe(false);
    expect(list.allowsAddress('8.8.8.8', 9090)).toBe(true);
  });

  it.each([
    '',
    'http://example.com',
    'example.com/path',
    'user@example.com',
    'example.com:0',
    'example.com:65536',
    '*',
    'a.*.com',
    '0.0.0.0/0',
    '10.0.0.0/7',
    '10.0.0.0/33',
    '10.0.0.0/',
    '[::]/0',
    '[::/0]:80',
    '[10.0.0.5]:80',
    'fd00::5',
    '[fe80::1%eth0]:80',
    '[',
  ])('refuse the entry %j', (entry) => {
    expect(destinationList.safeParse([entry]).success).toBe(false);
  });
});
