import { digestOf, type JsonObject } from '@signalbox/kernel';
import { InMemoryRecentCounts } from '@signalbox/testing';
import fc from 'fast-check';
import { Policy } from './policy.ts';
import { policySchema } from './policy.schema.ts';

const MINUTE_MS = 60_000;

const policyOf = (...allow: object[]) => policyCountedBy(new InMemoryRecentCounts(), ...allow);

function policyCountedBy(counts: InMemoryRecentCounts, ...allow: object[]): Policy {
  const entries = allow.map((entry) => ({ caller: 'agent', tools: ['*'], ...entry }));
  const place = { environment: 'production', file: '/gateway.yaml', counts };
  return new Policy(policySchema.parse({ allow: entries }), place);
}

/** Of a tool that has these arguments, and those that are given if nothing is said. */
const asked = (policy: Policy, args: JsonObject = {}, has = Object.keys(args)) => {
  const inputSchema = { properties: Object.fromEntries(has.map((name) => [name, {}])) };
  return policy.verdictOn({ caller: 'agent', tool: 'tool', arguments: args, inputSchema });
};

/** The same, which the tool itself refuses. */
const objected = (policy: Policy) => {
  const request = { caller: 'agent', tool: 'tool', arguments: {}, inputSchema: {} };
  return policy.verdictOn({ ...request, objection: 'not that one' });
};

const clauseOf = async (policy: Policy, args: JsonObject = {}) => {
  const verdict = await asked(policy, args);
  return verdict.allowed ? 'allowed' : verdict.clause;
};

const messageOf = async (policy: Policy, args: JsonObject = {}) => {
  const verdict = await asked(policy, args);
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
  ])('GTW-5: %s may use %s: %s', async (caller, tool, allowed) => {
    expect(await policy.verdictOn({ caller, tool, arguments: {}, inputSchema: {} })).toMatchObject({
      allowed,
    });
  });

  it.each([
    [{ paths: { path: ['/tmp'] } }, { path: '/tmp/x' }, 'path_not_allowed'],
    [{ domains: { url: ['a.example'] } }, { url: 'a.example' }, 'domain_not_allowed'],
  ])(
    'GTW-5: an argument that the tool does not have is none of those of %j',
    async (grant, decoy, clause) => {
      const limited = policyOf(grant);
      const [name = ''] = Object.keys(decoy);
      expect((await asked(limited, decoy)).allowed).toBe(true);
      const given = { ...decoy, real: 'anything' };
      expect(await asked(limited, given, ['real'])).toMatchObject({ allowed: false, clause });
      expect((await asked(limited, given, [name, 'real'])).allowed).toBe(true);
    },
  );

  it('GTW-5: allows nothing by default', async () => {
    expect(await clauseOf(policyOf())).toBe('not_allowed');
  });

  it.each([
    [['production'], 'allowed'],
    [['staging', 'prod*'], 'allowed'],
    [['staging'], 'not_allowed'],
  ])('GTW-5: an entry for the environments %j: %s', async (environments, clause) => {
    expect(await clauseOf(policyOf({ environments }))).toBe(clause);
  });

  it('GTW-5: the first entry that fits allows, within its limits', async () => {
    const verdict = await asked(
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

  it('GTW-5: the entry that comes nearest says why', async () => {
    const nearest = policyOf({ environments: ['staging'] }, { when: 'args.n < 5' });
    expect(await clauseOf(nearest, { n: 7 })).toBe('condition_failed');
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
  ])('GTW-5: %s on %j: %s', async (when, args, clause) => {
    expect(await clauseOf(policyOf({ when }), args as JsonObject)).toBe(clause);
  });

  it('GTW-5: that costs too much does not hold', async () => {
    const list = Array.from({ length: 3_000 }, () => 1);
    const policy = policyOf({ when: 'args.l.all(x, args.l.all(y, x + y > 0))' });
    expect(await messageOf(policy, { l: list })).toMatch(/does not hold: it costs too much/);
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
  ])('GTW-5: allows %s', async (url) => {
    expect(await clauseOf(policy, { url })).toBe('allowed');
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
    'http://012.1.2.3:9090/',
    'http://0x0a010203:9090/',
    'http://167838211:9090/',
    'http://10.66051:9090/',
    'http://10.1.2.3.:9090/',
    '167838211:9090',
    'http://[::ffff:b01:203]:9090/',
    '',
    ' ',
  ])('GTW-5: refuses %j', async (url) => {
    expect(await clauseOf(policy, { url })).toBe('domain_not_allowed');
  });

  it.each([{}, { URL: 'https://api.example.com' }, { url: 7 }, { url: [] }, { url: [{}] }])(
    'GTW-5: refuses a call that says no place: %j',
    async (args) => {
      expect(await clauseOf(policy, args as JsonObject)).toBe('domain_not_allowed');
    },
  );

  it('GTW-5: names the value', async () => {
    expect(await messageOf(policy, { url: 'https://evil.test/' })).toBe(
      'url: "https://evil.test/" leads to evil.test:443, which is not listed.',
    );
  });

  it('GTW-7: no text leads elsewhere than to a listed host, by the reading of any client', async () => {
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
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 8 }), async (pieces) => {
        const url = pieces.join('');
        if ((await clauseOf(policy, { url })) !== 'allowed') return;
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
  ])('GTW-5: %j: %s', async (args, clause) => {
    expect(await clauseOf(policy, args as JsonObject)).toBe(clause);
  });
});

describe('calls per minute', () => {
  const { jest } = import.meta;

  beforeEach(() => void jest.useFakeTimers({ now: 0 }));
  afterEach(() => void jest.useRealTimers());

  it('GTW-5: lets through as many as it says, and more when a minute has passed', async () => {
    const policy = policyOf({ callsPerMinute: 2 });
    expect(await clauseOf(policy)).toBe('allowed');
    jest.advanceTimersByTime(30_000);
    expect(await clauseOf(policy)).toBe('allowed');
    expect(await clauseOf(policy)).toBe('too_many_calls');
    // In any minute: a minute after the first call there is room for one, not for two.
    jest.advanceTimersByTime(MINUTE_MS / 2 - 1);
    expect(await clauseOf(policy)).toBe('too_many_calls');
    jest.advanceTimersByTime(1);
    expect(await clauseOf(policy)).toBe('allowed');
    expect(await clauseOf(policy)).toBe('too_many_calls');
  });

  it('GTW-5: does not count what is refused, nor what others do', async () => {
    const policy = policyOf({ caller: '*', callsPerMinute: 1, when: 'args.ok' });
    expect(await clauseOf(policy, { ok: false })).toBe('condition_failed');
    const other = { caller: 'other', tool: 'tool', arguments: { ok: true }, inputSchema: {} };
    expect(await policy.verdictOn(other)).toMatchObject({ allowed: true });
    expect(await clauseOf(policy, { ok: true })).toBe('allowed');
  });

  it('GTW-5: are those of all gateways, entry by entry', async () => {
    const counts = new InMemoryRecentCounts();
    const gateways = [1, 2, 3].map(() => policyCountedBy(counts, { callsPerMinute: 4 }));
    const clauses: string[] = [];
    for (let call = 0; call < 9; call++) {
      const gateway = gateways[call % gateways.length];
      if (gateway) clauses.push(await clauseOf(gateway));
    }
    expect(clauses.filter((clause) => clause === 'allowed')).toHaveLength(4);
    // Another entry is another count, as one that was changed is.
    expect(await clauseOf(policyCountedBy(counts, { callsPerMinute: 5 }))).toBe('allowed');
  });

  it('GTW-5: a call waits while it cannot be known how many there were, and counts for nothing', async () => {
    const counts = new InMemoryRecentCounts();
    const policy = policyCountedBy(counts, { callsPerMinute: 1 });
    counts.isAway = true;
    for (let tries = 0; tries < 3; tries++)
      await expect(clauseOf(policy)).rejects.toMatchObject({ kind: 'unavailable' });
    counts.isAway = false;
    expect(await clauseOf(policy)).toBe('allowed');
  });
});

it('GTW-5: a call that the tool objects to is none of those that are counted', async () => {
  const policy = policyOf({ callsPerMinute: 1 });
  const refusal = { allowed: false, clause: 'not_allowed', message: 'not that one' };
  expect(await objected(policy)).toEqual(refusal);
  expect(await clauseOf(policy)).toBe('allowed');
  expect(await objected(policy)).toEqual(refusal);
  expect(await clauseOf(policy)).toBe('too_many_calls');
});
