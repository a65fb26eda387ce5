import { digestOf, type JsonObject } from '@signalbox/kernel';
import fc from 'fast-check';
import { Policy } from './policy.ts';
import { policySchema } from './policy.schema.ts';

const MINUTE_MS = 60_000;

function policyOf(...allow: object[]): Policy {
  const entries = allow.map((entry) => ({ caller: 'agent', tools: ['*'], ...entry }));
  const place = { environment: 'production', file: '/gateway.yaml' };
  return new Policy(policySchema.parse({ allow: entries }), place);
}

const asked = (policy: Policy, args: JsonObject = {}, atMs = 0) =>
  policy.verdictOn({ caller: 'agent', tool: 'tool', arguments: args }, atMs);

const clauseOf = (policy: Policy, args: JsonObject = {}, atMs = 0) => {
  const verdict = asked(policy, args, atMs);
  return verdict.allowed ? 'allowed' : verdict.clause;
};

const messageOf = (policy: Policy, args: JsonObject = {}) => {
  const verdict = asked(policy, args);
  return verdict.allowed ? 'allowed' : verdict.message;
};

describe('policy', () => {
  const policy = policyOf(
    { caller: 'diagnose_repair', tools: ['runbooks__*', 'execute_remediation'] },
    { caller: 'read_*', tools: ['*'] },
  );

  it.each([
    ['diagnose_repair', 'runbooks__read_text_file', true],
    ['diagnose_repair', 'execute_remediation', true],
    ['diagnose_repair', 'execute_remediation_now', false],
    ['diagnose_repair', 'runbooks', false],
    ['diagnose_repair2', 'execute_remediation', false],
    ['read_only', 'anything', true],
    ['', 'execute_remediation', false],
  ])('GTW-5: %s may use %s: %s', (caller, tool, allowed) => {
    expect(policy.verdictOn({ caller, tool, arguments: {} }, 0).allowed).toBe(allowed);
  });

  it('GTW-5: allows nothing by default', () => {
    expect(clauseOf(policyOf())).toBe('not_allowed');
  });

  it.each([
    [['production'], 'allowed'],
    [['staging', 'prod*'], 'allowed'],
    [['staging'], 'not_allowed'],
  ])('GTW-5: an entry for the environments %j: %s', (environments, clause) => {
    expect(clauseOf(policyOf({ environments }))).toBe(clause);
  });

  it('GTW-5: the first entry that fits allows, within its limits', () => {
    const verdict = asked(
      policyOf(
        { environments: ['staging'], timeoutMs: 100 },
        { when: 'args.n < 5', timeoutMs: 200, outputBytesMax: 5_000 },
        { timeoutMs: 300 },
      ),
      { n: 3 },
    );
    expect(verdict).toMatchObject({
      allowed: true,
      limits: { timeoutMs: 200, outputBytesMax: 5_000 },
    });
  });

  it('GTW-5: the entry that comes nearest says why', () => {
    const nearest = policyOf({ environments: ['staging'] }, { when: 'args.n < 5' });
    expect(clauseOf(nearest, { n: 7 })).toBe('condition_failed');
  });
});

describe('a condition in CEL', () => {
  it.each([
    ['args.n < 5', { n: 3 }, 'allowed'],
    ['args.n < 5', { n: 7 }, 'condition_failed'],
    ['args.n < 5', {}, 'condition_failed'],
    ['args.n', { n: 3 }, 'condition_failed'],
    ['caller == "agent" && environment == "production" && tool == "tool"', {}, 'allowed'],
    ['args.hosts.all(h, h.endsWith(".test"))', { hosts: ['a.test', 'b.test'] }, 'allowed'],
    ['args.hosts.all(h, h.endsWith(".test"))', { hosts: ['a.test', 'b'] }, 'condition_failed'],
  ])('GTW-5: %s on %j: %s', (when, args, clause) => {
    expect(clauseOf(policyOf({ when }), args as JsonObject)).toBe(clause);
  });

  it('GTW-5: that costs too much does not hold', () => {
    const list = Array.from({ length: 3_000 }, () => 1);
    const policy = policyOf({ when: 'args.l.all(x, args.l.all(y, x + y > 0))' });
    expect(messageOf(policy, { l: list })).toMatch(/does not hold: it costs too much/);
  });

  it.each([
    ['args.n <', /is not usable as CEL: .*found <.*"when"/s],
    ['signal.source == "x"', /no variable signal; there are args, caller, environment, tool/],
  ])('GTW-5: %s is refused at the start', (when, problem) => {
    expect(() => policyOf({ when })).toThrow(problem);
  });
});

describe('domains', () => {
  const policy = policyOf({
    domains: { url: ['api.example.com', '*.example.org:8443', '10.0.0.0/8:9090'] },
  });

  it.each([
    'https://api.example.com/v1?x=1#y',
    'HTTPS://API.EXAMPLE.COM./',
    'http://api.example.com',
    'https://a.b.example.org:8443/',
    'http://10.1.2.3:9090/',
    'api.example.com',
    'api.example.com:443',
  ])('GTW-5: allows %s', (url) => {
    expect(clauseOf(policy, { url })).toBe('allowed');
  });

  it.each([
    'https://example.com/',
    'https://api.example.com:8080/',
    'https://api.example.com.evil.test/',
    'https://api.example.com@evil.test/',
    'https://evil.test\\@api.example.com/',
    'https://api.example.com\\@evil.test/',
    'https://evil.test#@api.example.com/',
    'https://evil.test/https://api.example.com/',
    'https:///evil.test/',
    'https:api.example.com',
    '//api.example.com/',
    'ftp://api.example.com/',
    'javascript:alert(1)',
    'file:///etc/passwd',
    'https://api.example.com\t/',
    'https://ａpi.example.com/',
    'https://api%2Eexample.com/',
    'http://11.1.2.3:9090/',
    'http://0x0b.1.2.3:9090/',
    'http://[::ffff:b01:203]:9090/',
    '',
    ' ',
  ])('GTW-5: refuses %j', (url) => {
    expect(clauseOf(policy, { url })).toBe('domain_not_allowed');
  });

  it.each([{}, { URL: 'https://api.example.com' }, { url: 7 }, { url: [] }, { url: [{}] }])(
    'GTW-5: refuses a call that says no place: %j',
    (args) => {
      expect(clauseOf(policy, args as JsonObject)).toBe('domain_not_allowed');
    },
  );

  it('GTW-5: names the value', () => {
    expect(messageOf(policy, { url: 'https://evil.test/' })).toBe(
      'url: "https://evil.test/" leads to evil.test:443, which is not listed.',
    );
  });

  it('GTW-7: no text leads elsewhere than to a listed host, by the reading of any client', () => {
    const signs = [
      'http://',
      'https:',
      '//',
      '/',
      '\\',
      '@',
      '#',
      '?',
      ':',
      ':9090',
      '%2e',
      '\t',
      '。',
    ];
    const hosts = [
      'api.example.com',
      'evil.test',
      '127.0.0.1',
      '0x7f.1',
      '[::1]',
      '2130706433',
      'ⓐ',
    ];
    const piece = fc.constantFrom(...signs, ...hosts);
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const url = pieces.join('');
        if (clauseOf(policy, { url }) !== 'allowed') return;
        const bare = url.includes('://') ? url : `http://${url}`;
        const [, byWords] = /^[a-z]+:\/\/(?:[^/?#]*@)?([^/?#:]*)/i.exec(bare) ?? [];
        expect(byWords).toMatch(/^api\.example\.com\.?$/i);
        expect(new URL(bare).hostname).toBe(byWords);
      }),
      { numRuns: 10_000 },
    );
  });
});

it('AUD-1: two policies that differ in a network only have two digests', () => {
  const digestWith = (network: string) =>
    digestOf(
      policySchema.parse({
        allow: [{ caller: 'a', tools: ['b'], domains: { url: [network] } }],
      }),
    );
  expect(digestWith('10.0.0.0/8:80')).not.toBe(digestWith('11.0.0.0/8:80'));
});

describe('commands', () => {
  const commands = { restart_service: 'checkout|payments', 'verify_*': '.*' };
  const policy = policyOf({ commands });

  it.each([
    [{ command: 'restart_service', target: 'checkout' }, 'allowed'],
    [{ command: 'verify_health', target: 'anything' }, 'allowed'],
    [{ command: 'restart_service', target: 'checkout2' }, 'command_not_allowed'],
    [{ command: 'restart_service', target: 'x\ncheckout' }, 'command_not_allowed'],
    [{ command: 'drain_instance', target: 'checkout' }, 'command_not_allowed'],
    [{ command: 'restart_service' }, 'command_not_allowed'],
    [{ command: ['restart_service'], target: 'checkout' }, 'command_not_allowed'],
  ])('GTW-5: %j: %s', (args, clause) => {
    expect(clauseOf(policy, args as JsonObject)).toBe(clause);
  });
});

describe('calls per minute', () => {
  it('GTW-5: lets through as many as it says, and more when a minute has passed', () => {
    const policy = policyOf({ callsPerMinute: 2 });
    const at = (ms: number) => clauseOf(policy, {}, ms);
    expect([at(0), at(10), at(20), at(MINUTE_MS - 1)]).toEqual([
      'allowed',
      'allowed',
      'too_many_calls',
      'too_many_calls',
    ]);
    expect([at(MINUTE_MS), at(MINUTE_MS + 1)]).toEqual(['allowed', 'too_many_calls']);
  });

  it('GTW-5: does not count what is refused, nor what others do', () => {
    const policy = policyOf({ caller: '*', callsPerMinute: 1, when: 'args.ok' });
    expect(clauseOf(policy, { ok: false })).toBe('condition_failed');
    const other = { caller: 'other', tool: 'tool', arguments: { ok: true } };
    expect(policy.verdictOn(other, 0).allowed).toBe(true);
    expect(clauseOf(policy, { ok: true })).toBe('allowed');
  });
});
