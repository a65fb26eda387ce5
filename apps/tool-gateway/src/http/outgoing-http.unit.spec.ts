import fc from 'fast-check';
import { isIP } from 'node:net';
import { Destinations, destinationList } from './destinations.ts';
import { hostileUrl, innerAddress } from './hostile-urls.fixture.spec.ts';
import { OutgoingHttp } from './outgoing-http.ts';

const destinations = new Destinations(
  destinationList.parse(['api.example.com:*', '*.example.com:*', '8.8.8.0/24:*']),
);

/** What came of a request when every name leads to `address`. */
async function codeOf(url: string, address = '127.0.0.1'): Promise<string> {
  const http = new OutgoingHttp({
    destinations,
    resolve: async () => [{ address, family: isIP(address) || 6 }],
  });
  const signal = new AbortController().signal;
  const outcome = await http.send({ method: 'GET', url, timeoutMs: 1_000, bytesMax: 10, signal });
  if (outcome.status === 'answered') throw new Error('it was sent');
  return outcome.code;
}

describe('outgoing HTTP', () => {
  it.each([
    ['', 'invalid_url'],
    ['api.example.com', 'invalid_url'],
    ['ftp://api.example.com/', 'invalid_url'],
    ['file:///etc/passwd', 'invalid_url'],
    ['https://user@api.example.com/', 'invalid_url'],
    ['https://:password@api.example.com/', 'invalid_url'],
    ['https://[fe80::1%25eth0]/', 'invalid_url'],
    ['https://api.example.com@127.0.0.1/', 'invalid_url'],
    ['https://api.example.com.evil.test/', 'host_not_allowed'],
    ['http://localhost./', 'host_not_allowed'],
    ['http://2130706433/', 'host_not_allowed'],
    ['http://8.8.9.1/', 'host_not_allowed'],
  ])('GTW-7: %s is %s', async (url, code) => {
    expect(await codeOf(url)).toBe(code);
  });

  // A request that is let through ends in another code, or in an answer.
  it('GTW-7: no hostile URL gets out', async () => {
    const codes = new Set<string>();
    await fc.assert(
      fc.asyncProperty(hostileUrl, async (url) => {
        const code = await codeOf(url);
        codes.add(code);
        expect(['invalid_url', 'host_not_allowed']).toContain(code);
      }),
      { numRuns: 10_000 },
    );
    expect(codes.size).toBe(2);
  });

  it('GTW-7: a listed name that leads inside is not followed', async () => {
    await fc.assert(
      fc.asyncProperty(innerAddress, fc.nat(65_534), async (address, port) => {
        const url = `http://a.example.com:${port + 1}/`;
        expect([address, await codeOf(url, address)]).toEqual([address, 'host_not_allowed']);
      }),
      { numRuns: 500 },
    );
  });
});
