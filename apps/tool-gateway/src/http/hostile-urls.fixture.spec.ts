import fc from 'fast-check';

/** IPv4 addresses of this machine, of networks like ours, and of the clouds' metadata servers. */
const innerV4 = fc.oneof(
  fc.constantFrom([127, 0, 0, 1], [0, 0, 0, 0], [169, 254, 169, 254], [192, 168, 0, 1]),
  fc.tuple(fc.constantFrom(10, 127, 0), fc.nat(255), fc.nat(255), fc.nat(255)),
  fc.tuple(fc.constant(172), fc.integer({ min: 16, max: 31 }), fc.nat(255), fc.nat(255)),
  fc.tuple(fc.constant(100), fc.integer({ min: 64, max: 127 }), fc.nat(255), fc.nat(255)),
);

const dotted = (parts: readonly number[]) => parts.join('.');
const numberOf = (parts: readonly number[]) => parts.reduce((sum, part) => sum * 256 + part, 0);
const hex = (parts: readonly number[]) =>
  parts.map((part) => part.toString(16).padStart(2, '0')).join('');

/** As inet_aton reads it: each part in base 8, 10 or 16, the last one for all that is left. */
const spelledV4 = fc
  .tuple(
    innerV4,
    fc.integer({ min: 1, max: 4 }),
    fc.array(fc.constantFrom(8, 10, 16), { minLength: 4, maxLength: 4 }),
  )
  .map(([parts, count, bases]) => {
    const spelled = [...parts.slice(0, count - 1), numberOf(parts.slice(count - 1))];
    return spelled
      .map((value, i) => {
        if (bases[i] === 16) return `0x${value.toString(16)}`;
        return bases[i] === 8 ? `0${value.toString(8)}` : `${value}`;
      })
      .join('.');
  });

const carriedInV6 = fc
  .tuple(
    innerV4,
    fc.constantFrom('::ffff:', '::', '64:ff9b::', '2002:', '::ffff:0:', 'FE80::', 'fd00:ec2::'),
  )
  .map(([parts, prefix]) => {
    const both = `${hex(parts.slice(0, 2))}:${hex(parts.slice(2))}`;
    return `[${prefix}${both}${prefix === '2002:' ? '::1' : ''}]`;
  });
const otherV6 = fc.constantFrom(
  '[::1]',
  '[::]',
  '[0:0:0:0:0:0:0:1]',
  '[fe80::1%25lo]',
  '[ff02::1]',
);

const disguise = fc.constantFrom(
  (host: string) => host,
  (host: string) => `${host}.`,
  (host: string) => host.toUpperCase(),
  // Digits of full width, and dots of the far East: https://unicode.org/reports/tr46
  (host: string) => host.replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))),
  (host: string) => host.replaceAll('.', '\u3002'),
  (host: string) => host.replace(/\d/, (digit) => `%3${digit}`),
  (host: string) => `${host.slice(0, 2)}\t${host.slice(2)}`,
);

const names = fc.constantFrom(
  'localhost',
  'LOCALHOST',
  'a.localhost',
  'metadata.google.internal',
  'nats',
);
const before = fc.constantFrom(
  '',
  'api.example.com@',
  'api.example.com:443@',
  'a:b@',
  'api.example.com%00@',
  '\\\\',
);
const after = fc.constantFrom(
  '',
  ':80',
  ':443',
  ':4222',
  '/',
  '#@api.example.com',
  '?.api.example.com',
  '\\@api.example.com',
);
const schemes = fc.constantFrom(
  'http://',
  'https://',
  'HTTP:',
  'http:\\\\',
  'file://',
  'gopher://',
  'ftp://',
  'data:',
);

/** URLs that lead, or try to lead, to where nobody outside may look. */
export const hostileUrl = fc
  .tuple(
    schemes,
    before,
    fc.tuple(fc.oneof(innerV4.map(dotted), spelledV4, carriedInV6, otherV6, names), disguise),
    after,
  )
  .map(([scheme, user, [host, disguised], rest]) => scheme + user + disguised(host) + rest);

/** An address that a hostile name server answers with. */
export const innerAddress = fc.oneof(
  innerV4.map(dotted),
  carriedInV6.map((host) => host.slice(1, -1)),
  fc.constantFrom('::1', '::', 'fe80::1', 'fe80::1%lo', 'fd00::1', 'ff02::1'),
);
