import { createHmac } from 'node:crypto';

const hmac = (secret: string | Buffer, text: string) => createHmac('sha256', secret).update(text);

/** What a source sends beside a body to show that it is itself, by each way of signing. */
export function signedHeaders(
  scheme: string,
  secret: string,
  body: string,
): Readonly<Record<string, string>> {
  const seconds = `${Math.floor(Date.now() / 1_000)}`;
  switch (scheme) {
    case 'github':
      return {
        'x-github-event': 'ping',
        'x-hub-signature-256': `sha256=${hmac(secret, body).digest('hex')}`,
      };
    case 'hmac':
      return { 'x-signature': hmac(secret, body).digest('hex') };
    case 'pagerduty':
      return { 'x-pagerduty-signature': `v1=${hmac(secret, body).digest('hex')}` };
    case 'slack':
      return {
        'x-slack-request-timestamp': seconds,
        'x-slack-signature': `v0=${hmac(secret, `v0:${seconds}:${body}`).digest('hex')}`,
      };
    case 'standard-webhooks': {
      const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
      const signature = hmac(key, `1.${seconds}.${body}`).digest('base64');
      return {
        'webhook-id': '1',
        'webhook-timestamp': seconds,
        'webhook-signature': `v1,${signature}`,
      };
    }
    case 'bearer':
      return { authorization: `Bearer ${secret}` };
    case 'basic':
      return { authorization: `Basic ${Buffer.from(secret).toString('base64')}` };
    default:
      throw new Error(`nobody knows how ${scheme} signs`);
  }
}
