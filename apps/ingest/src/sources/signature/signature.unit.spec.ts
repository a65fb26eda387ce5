import { AppError } from '@signalbox/kernel';
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { sourcesSchema } from '../sources.schema.ts';
import type { SignatureScheme } from './signature-scheme.ts';

type Options = Readonly<Record<string, unknown>>;

/** As configured, with the secrets themselves where the file has references. */
function schemeOf(signature: Options): SignatureScheme {
  const sources = sourcesSchema(z.string()).parse({ sources: { s: { signature } } });
  const scheme = sources.named('s')?.signature;
  if (!scheme) throw new Error('no scheme');
  return scheme;
}

interface Signed {
  readonly signature: Options;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Seconds since 1970. */
  readonly at?: number;
}

function verify({ signature, headers, body, at = 0 }: Signed): void {
  const receivedAt = new Date(at * 1_000);
  schemeOf(signature).verify({ headers, bytes: Buffer.from(body), receivedAt });
}

/** The header that is to blame. */
function refusalOf(signed: Signed): string {
  try {
    verify(signed);
  } catch (error) {
    if (error instanceof AppError && error.kind === 'unauthenticated')
      return error.fields[0]?.field ?? '';
    throw error;
  }
  return 'none: it was taken';
}

// https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries#testing-the-webhook-payload-validation
const github: Signed = {
  signature: { scheme: 'github', secrets: ["It's a Secret to Everybody"] },
  headers: {
    'x-hub-signature-256':
      'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
  },
  body: 'Hello, World!',
};

// https://github.com/standard-webhooks/standard-webhooks/blob/main/libraries/javascript/src/webhook.test.ts
const standard: Signed = {
  signature: {
    scheme: 'standard-webhooks',
    secrets: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
  },
  headers: {
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  },
  body: '{"test": 2432232314}',
  at: 1_614_265_330,
};

// https://docs.slack.dev/authentication/verifying-requests-from-slack/
const slack: Signed = {
  signature: { scheme: 'slack', secrets: ['8f742231b10e8888abcd99yyyzzz85a5'] },
  headers: {
    'x-slack-request-timestamp': '1531420618',
    'x-slack-signature': 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
  },
  body:
    'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow' +
    '&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner' +
    '&command=%2Fwebhook-collect&text=' +
    '&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN' +
    '&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c',
  at: 1_531_420_618,
};

const hexOf = (secret: string, body: string, algorithm = 'sha256') =>
  createHmac(algorithm, secret).update(body).digest('hex');

// The form that https://developer.pagerduty.com/docs/webhooks/webhook-signatures/ describes.
const pagerduty: Signed = {
  signature: { scheme: 'pagerduty', secrets: ['pd-secret'] },
  headers: {
    'x-pagerduty-signature': `v1=${hexOf('another', '{}')},v1=${hexOf('pd-secret', '{}')}`,
  },
  body: '{}',
};

// https://docs.sentry.io/organization/integrations/integration-platform/webhooks/
const sentry: Signed = {
  signature: { scheme: 'hmac', header: 'Sentry-Hook-Signature', secrets: ['client-secret'] },
  headers: { 'sentry-hook-signature': hexOf('client-secret', '{"action":"triggered"}') },
  body: '{"action":"triggered"}',
};

const base64: Signed = {
  signature: {
    scheme: 'hmac',
    header: 'X-Sign',
    algorithm: 'sha512',
    encoding: 'base64',
    prefix: 'v=',
    secrets: ['k'],
  },
  headers: { 'x-sign': `v=${createHmac('sha512', 'k').update('{}').digest('base64')}` },
  body: '{}',
};

const bearer: Signed = {
  signature: { scheme: 'bearer', secrets: ['a-token'] },
  headers: { authorization: 'bearer a-token' },
  body: '{}',
};

const basic: Signed = {
  signature: { scheme: 'basic', secrets: ['grafana:pass:word'] },
  headers: { authorization: `Basic ${Buffer.from('grafana:pass:word').toString('base64')}` },
  body: '{}',
};

const all = { github, standard, slack, pagerduty, sentry, base64, bearer, basic };
const signing = { github, standard, slack, pagerduty, sentry, base64 };
const names = <T extends object>(of: T) => Object.keys(of) as (keyof T)[];

const proofs = {
  github: 'X-Hub-Signature-256',
  standard: 'webhook-signature',
  slack: 'X-Slack-Signature',
  pagerduty: 'X-PagerDuty-Signature',
  sentry: 'Sentry-Hook-Signature',
  base64: 'X-Sign',
  bearer: 'Authorization',
  basic: 'Authorization',
} as const;

const withProof = (name: keyof typeof all, proof: string | string[] | undefined): Signed => ({
  ...all[name],
  headers: { ...all[name].headers, [proofs[name].toLowerCase()]: proof },
});

const proofOf = (name: keyof typeof all) => String(all[name].headers[proofs[name].toLowerCase()]);

const withSecrets = (signed: Signed, secrets: readonly string[]): Signed => ({
  ...signed,
  signature: { ...signed.signature, secrets },
});

const anotherSecret = (name: keyof typeof all) =>
  name === 'standard' ? 'whsec_AAAAAAAAAAAAAAAAAAAAAAAA' : 'user:another';

describe('signatures of webhooks', () => {
  it.each(names(all))('SIG-3: takes what %s documents', (name) => {
    expect(() => verify(all[name])).not.toThrow();
    expect(schemeOf(all[name].signature).header).toBe(proofs[name]);
  });

  it.each(names(signing))('SIG-3: %s does not cover another body', (name) => {
    const { body } = all[name];
    for (const tampered of [`${body} `, body.slice(1), ''])
      expect(refusalOf({ ...all[name], body: tampered })).toBe(proofs[name]);
  });

  it.each(names(all))('SIG-3: %s is refused with another secret', (name) => {
    const other = anotherSecret(name);
    expect(refusalOf(withSecrets(all[name], [other]))).toBe(proofs[name]);
  });

  it.each(names(all))('SIG-3: %s may be either of two secrets', (name) => {
    const own = (all[name].signature['secrets'] as string[])[0] ?? '';
    const other = anotherSecret(name);
    expect(() => verify(withSecrets(all[name], [own, other]))).not.toThrow();
    expect(() => verify(withSecrets(all[name], [other, own]))).not.toThrow();
    expect(() => schemeOf({ ...all[name].signature, secrets: [own, own, other] })).toThrow(
      'names more than 2 secrets',
    );
    expect(() => schemeOf({ ...all[name].signature, secrets: [] })).toThrow('names no secret');
  });

  it.each(names(all))('SIG-3: %s is refused without the header, or with two of it', (name) => {
    for (const proof of [undefined, '', [proofOf(name), proofOf(name)]])
      expect(refusalOf(withProof(name, proof))).toBe(proofs[name]);
  });

  it.each(names(signing))('SIG-3: %s is refused when malformed', (name) => {
    const proof = proofOf(name).replace(/^v1=.*,/, '');
    expect(() => verify(withProof(name, proof))).not.toThrow();
    const malformed = [
      // As Node gives a header that was sent twice; two of these send lists.
      ...(name === 'pagerduty' || name === 'standard' ? [] : [`${proof}, ${proof}`]),
      proof.slice(0, -3),
      `${proof}AA`,
      `x${proof}`,
      proof.replaceAll(/[a-fE]/g, 'z'),
      `${proof.slice(0, -4)}%%%%`,
      '=',
      ',',
    ];
    for (const one of malformed) expect(refusalOf(withProof(name, one))).toBe(proofs[name]);
  });

  it.each([
    ['bearer', ''],
    ['bearer', 'Basic a-token'],
    ['bearer', 'a-token'],
    ['bearer', 'Bearer a-token-'],
    ['basic', 'Basic %%%%'],
    ['basic', 'Bearer grafana:pass:word'],
    ['basic', 'Basic grafana:pass:word'],
  ] as const)('SIG-3: %s is refused for %j', (name, proof) => {
    expect(refusalOf(withProof(name, proof))).toBe('Authorization');
  });

  it.each([
    ['standard', 'webhook-timestamp'],
    ['slack', 'X-Slack-Request-Timestamp'],
  ] as const)('SIG-3: %s is refused when replayed after five minutes', (name, header) => {
    const signed = all[name];
    const at = signed.at ?? 0;
    expect(() => verify({ ...signed, at: at + 300 })).not.toThrow();
    expect(() => verify({ ...signed, at: at - 300 })).not.toThrow();
    expect(refusalOf({ ...signed, at: at + 301 })).toBe(header);
    expect(refusalOf({ ...signed, at: at - 301 })).toBe(header);
    for (const time of [undefined, '', 'now', '1e9', '-1', `${at}.0`, `0x${at}`]) {
      const headers = { ...signed.headers, [header.toLowerCase()]: time };
      expect(refusalOf({ ...signed, headers })).toBe(header);
    }
    // The time is signed: a younger one is another message.
    const headers = { ...signed.headers, [header.toLowerCase()]: String(at + 1) };
    expect(refusalOf({ ...signed, headers })).toBe(proofs[name]);
  });

  it('SIG-3: Standard Webhooks signs the id, and may send several signatures', () => {
    const otherId = { ...standard.headers, 'webhook-id': 'msg_other' };
    expect(refusalOf({ ...standard, headers: otherId })).toBe('webhook-signature');
    const unknown = `v2,AAAA v1a,AAAA ${proofOf('standard')}`;
    expect(() => verify(withProof('standard', unknown))).not.toThrow();
    const late = `${'v1,AAAA '.repeat(8)}${proofOf('standard')}`;
    expect(refusalOf(withProof('standard', late))).toBe('webhook-signature');
  });

  it('SIG-3: Standard Webhooks may sign with Ed25519', () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
    const signature = sign(null, Buffer.from('msg_1.1614265330.{}'), privateKey);
    const signed: Signed = {
      signature: { scheme: 'standard-webhooks', secrets: [`whpk_${raw.toString('base64')}`] },
      headers: {
        'webhook-id': 'msg_1',
        'webhook-timestamp': '1614265330',
        'webhook-signature': `v1a,${signature.toString('base64')}`,
      },
      body: '{}',
      at: 1_614_265_330,
    };
    expect(() => verify(signed)).not.toThrow();
    expect(refusalOf({ ...signed, body: '{ }' })).toBe('webhook-signature');
    // Who knows the public key must not be able to sign with it as if it were a shared secret.
    const forged = createHmac('sha256', raw).update('msg_1.1614265330.{}').digest('base64');
    const headers = { ...signed.headers, 'webhook-signature': `v1,${forged}` };
    expect(refusalOf({ ...signed, headers })).toBe('webhook-signature');
  });

  it('SIG-4: says which header names the delivery, where the vendor has one', () => {
    expect(schemeOf(github.signature).deliveryHeader).toBe('X-GitHub-Delivery');
    expect(schemeOf(standard.signature).deliveryHeader).toBe('webhook-id');
    expect(schemeOf(pagerduty.signature).deliveryHeader).toBeUndefined();
  });

  it.each([
    ['secrets that are no base64', { ...standard.signature, secrets: ['%%%'] }, 'whsec_<base64>'],
    ['a secret of no bytes', { ...standard.signature, secrets: ['whsec_'] }, 'whsec_<base64>'],
    ['half a public key', { ...standard.signature, secrets: ['whpk_AAAA'] }, 'Ed25519'],
    ['basic without a password', { scheme: 'basic', secrets: ['user'] }, 'is not user:password'],
    ['an empty password', { scheme: 'basic', secrets: ['user:'] }, 'is not user:password'],
    ['hmac without a header', { scheme: 'hmac', secrets: ['a'] }, 'header'],
    ['an algorithm that is broken', { ...base64.signature, algorithm: 'md5' }, 'algorithm'],
    ['a scheme that nobody knows', { scheme: 'rot13', secrets: ['a'] }, 'standard-webhooks'],
    ['an option of another scheme', { ...github.signature, header: 'X' }, 'header'],
  ])('SIG-3: refuses to be configured with %s', (_name, signature, problem) => {
    expect(() => schemeOf(signature)).toThrow(problem);
  });
});
