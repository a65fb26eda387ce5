import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { httpUrl } from '../gateway-config/fields.schema.ts';
import { headersConfig, secretReference } from '../secrets/secret-reference.ts';
import type { Secrets } from '../secrets/secrets.ts';
import { smtpConfig, type SmtpConfig } from './smtp-channel.ts';

/** Slack, PagerDuty and others refuse or cut what is longer. */
const SUMMARY_CHARACTERS_MAX = 1_024;

export const severities = ['critical', 'error', 'warning', 'info'] as const;

export interface Notification {
  readonly title: string;
  readonly text: string;
  readonly severity: (typeof severities)[number];
}

const slack = z.strictObject({
  kind: z.literal('slack'),
  /** Reference to the whole URL of an incoming webhook, which is a credential itself. */
  webhook: secretReference,
});
const pagerduty = z.strictObject({
  kind: z.literal('pagerduty'),
  routingKey: secretReference,
  /** `https://events.eu.pagerduty.com/v2/enqueue` for accounts of the EU. */
  url: httpUrl.default('https://events.pagerduty.com/v2/enqueue'),
});
const webhook = z.strictObject({
  kind: z.literal('webhook'),
  url: httpUrl,
  /** `whsec_` and 24 to 64 bytes as base64. */
  signingSecret: secretReference,
  headers: headersConfig,
});
export const channelConfig = z.discriminatedUnion('kind', [slack, pagerduty, webhook, smtpConfig]);
export type ChannelConfig = z.output<typeof channelConfig>;

export interface Delivery {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface DeliveryOf {
  readonly notification: Notification;
  /** The same for each attempt at one effect. */
  readonly callId: string;
  readonly now: Date;
  readonly secrets: Secrets;
}

const json = { 'content-type': 'application/json' };

/**
 * The request that a channel over HTTP takes a notification by.
 * @throws MissingCredential
 */
export function deliveryFor(
  channel: Exclude<ChannelConfig, SmtpConfig>,
  of: DeliveryOf,
): Promise<Delivery> {
  switch (channel.kind) {
    case 'slack':
      return slackDelivery(channel, of);
    case 'pagerduty':
      return pagerdutyDelivery(channel, of);
    case 'webhook':
      return webhookDelivery(channel, of);
  }
}

/** https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
async function slackDelivery(
  channel: z.output<typeof slack>,
  { notification, secrets }: DeliveryOf,
): Promise<Delivery> {
  const { title, text, severity } = notification;
  const message = `[${severity}] ${title}\n${text}`;
  const body = JSON.stringify({ text: withoutMarkup(message) });
  return { url: await secrets.resolve(channel.webhook), headers: json, body };
}

/**
 * A text may mention nobody and link nowhere:
 * https://docs.slack.dev/messaging/formatting-message-text#escaping
 */
const withoutMarkup = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/**
 * Events of one `dedup_key` are one incident:
 * https://developer.pagerduty.com/docs/send-alert-event
 */
async function pagerdutyDelivery(
  { routingKey, url }: z.output<typeof pagerduty>,
  { notification, callId, secrets }: DeliveryOf,
): Promise<Delivery> {
  const { title, text, severity } = notification;
  const body = JSON.stringify({
    routing_key: await secrets.resolve(routingKey),
    event_action: 'trigger',
    dedup_key: callId,
    payload: {
      summary: title.slice(0, SUMMARY_CHARACTERS_MAX),
      source: 'signalbox',
      severity,
      custom_details: { text },
    },
  });
  return { url, headers: json, body };
}

/**
 * Signed by Standard Webhooks, where a repeated `webhook-id` is one delivery:
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
async function webhookDelivery(
  { url, signingSecret, headers }: z.output<typeof webhook>,
  { notification, callId, now, secrets }: DeliveryOf,
): Promise<Delivery> {
  const secret = await secrets.resolve(signingSecret);
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const timestamp = `${Math.floor(now.getTime() / 1_000)}`;
  const data = { ...notification };
  const body = JSON.stringify({ type: 'notification', timestamp: now.toISOString(), data });
  const signature = createHmac('sha256', key).update(`${callId}.${timestamp}.${body}`);
  return {
    url,
    headers: {
      ...json,
      ...(await secrets.headers(headers)),
      'idempotency-key': callId,
      'webhook-id': callId,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${signature.digest('base64')}`,
    },
    body,
  };
}
