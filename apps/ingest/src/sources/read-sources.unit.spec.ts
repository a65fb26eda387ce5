import { AppError } from '@signalbox/kernel';
import { parseSources, readSources } from './read-sources.ts';

const env = { SECRET: ' s3cret\n', EMPTY: ' ', WHSEC: 'whsec_c2VjcmV0', BASIC: 'user:password' };
const parse = (yaml: string) => parseSources(yaml, { path: '/etc/sources.yaml', env });

const signed = (signature: string) => `sources:
  acme:
    signature: ${signature}
`;

function problemWith(yaml: string): string {
  try {
    parse(yaml);
  } catch (error) {
    if (error instanceof AppError) return error.message;
    throw error;
  }
  throw new Error('it was taken');
}

describe('sources.yaml', () => {
  it('SIG-3: says of a source its format and how it signs', () => {
    const sources = parse(`sources:
  acme: { format: generic, signature: { scheme: github, secrets: [env:SECRET] } }
  plain: {}
`);
    expect(sources.named('acme')).toMatchObject({
      name: 'acme',
      format: 'generic',
      signature: { name: 'github', header: 'X-Hub-Signature-256' },
    });
    expect(sources.named('plain')).toEqual({ name: 'plain' });
    expect(sources.named('other')).toBeUndefined();
    expect(sources.named('__proto__')).toBeUndefined();
  });

  it('SIG-3: a source is the same however its name is written', () => {
    const sources = parse('sources: { GitHub: {} }');
    for (const name of ['GitHub', 'github', ' GITHUB ', 'ｇithub'])
      expect(sources.named(name)?.name).toBe('GitHub');
    expect(sources.named('git-hub')).toBeUndefined();
    expect(problemWith('sources: { GitHub: {}, github: {} }')).toMatch(/names one source twice/);
  });

  it('SIG-3: secrets come out of the environment, without the white space around them', () => {
    const signature = parse(signed('{ scheme: bearer, secrets: [env:SECRET] }')).named(
      'acme',
    )?.signature;
    const request = { bytes: Buffer.alloc(0), receivedAt: new Date(0) };
    const verify = (token: string) =>
      signature?.verify({ ...request, headers: { authorization: `Bearer ${token}` } });
    expect(() => verify('s3cret')).not.toThrow();
    expect(() => verify('env:SECRET')).toThrow(/matches no secret/);
  });

  it.each([
    ['a variable that is not set', '[env:NOT_SET]', /secrets\.0: the variable NOT_SET is not set/],
    ['an empty variable', '[env:EMPTY]', /secrets\.0: the variable EMPTY is empty/],
    ['a second that is missing', '[env:SECRET, env:NO]', /secrets\.1: the variable NO is not/],
    ['a file that is missing', '[file:/nowhere/x]', /secrets\.0: ENOENT.*\/nowhere\/x/],
    ['no secret', '[]', /secrets: names no secret/],
    ['three secrets', '[env:SECRET, env:SECRET, env:SECRET]', /secrets: names more than 2/],
    ['a secret without a place', "['env:']", /secrets\.0: is neither env:NAME nor file:/],
  ])('SIG-3: does not start with %s', (_name, secrets, expected) => {
    const problem = problemWith(signed(`{ scheme: github, secrets: ${secrets} }`));
    expect(problem).toMatch(expected);
    expect(problem).toMatch(/^\/etc\/sources\.yaml:3: sources\.acme\.signature\./);
    expect(problem).not.toContain('\n');
  });

  it('SIG-3: never repeats a secret that was written into the file itself', () => {
    const problem = problemWith(signed('{ scheme: github, secrets: [hunter2] }'));
    expect(problem).toMatch(/is neither env:NAME nor file:/);
    expect(problem).not.toContain('hunter2');
  });

  it.each([
    ['broken YAML', 'sources: {', /sources\.yaml: [^\n]*line 1, column 11$/],
    ['nothing', '', /sources\.yaml:1: \(file\): /],
    ['a misspelt field', 'source: {}', /source/],
    [
      'a format that nobody knows',
      'sources: { a: { format: x } }',
      /a\.format: is none of .*generic/,
    ],
    [
      'a scheme that nobody knows',
      signed('{ scheme: x }'),
      /:3: sources\.acme\.signature\.scheme: /,
    ],
    ['no secrets', signed('{ scheme: slack }'), /signature\.secrets: /],
    [
      'a wrong option',
      signed('{ scheme: slack, secrets: [env:SECRET], tolerance: 9 }'),
      /tolerance/,
    ],
    [
      'a secret that the scheme cannot use',
      signed('{ scheme: standard-webhooks, secrets: [env:BASIC] }'),
      /secrets\.0: holds neither whsec_/,
    ],
  ])('SIG-3: names the line and the field that is wrong: %s', (_name, yaml, expected) => {
    expect(problemWith(yaml)).toMatch(expected);
  });

  it('SIG-3: names the variable when there is no such file', () => {
    expect(() => readSources('/nowhere/sources.yaml', {})).toThrow(/SIGNALBOX_SOURCES: ENOENT/);
  });

  it('SIG-3: takes the sample, once its secrets are there', () => {
    const sample = new URL('../../../../deploy/sources.yaml', import.meta.url).pathname;
    expect(() => readSources(sample, {})).toThrow(/GITHUB_WEBHOOK_SECRET is not set; .*GRAFANA/);
    const secrets = {
      GITHUB_WEBHOOK_SECRET: 'a',
      PAGERDUTY_WEBHOOK_SECRET: 'a',
      SENTRY_CLIENT_SECRET: 'a',
      SLACK_SIGNING_SECRET: 'a',
      BILLING_WEBHOOK_SECRET: env.WHSEC,
      BILLING_WEBHOOK_SECRET_NEW: env.WHSEC,
      ALERTMANAGER_TOKEN: 'a',
      GRAFANA_USER_AND_PASSWORD: env.BASIC,
    };
    const sources = readSources(sample, secrets);
    expect(sources.named('sentry')?.signature?.header).toBe('Sentry-Hook-Signature');
    // What Standard Webhooks send is no body of our contract.
    expect(sources.named('billing')?.format).toBeUndefined();
  });
});
