import type { Json } from '@signalbox/kernel';
import { createHmac } from 'node:crypto';
import { gatewayConfigSchema } from '../gateway-config/gateway-config.schema.ts';
import { Redactor } from '../secrets/redactor.ts';
import { NotificationTool } from './notification.tool.ts';
import { call, startPeer, toolboxFor, type Peer } from './peer.fixture.spec.ts';

const notification = {
  title: 'Checkout <!channel> is slow',
  text: 'p99 & more',
  severity: 'error',
};
const key = Buffer.from('a key of twenty-four bytes');

/** A stand-in for Slack, PagerDuty and a receiver of Standard Webhooks. */
describe('send_notification', () => {
  let peer: Peer;
  const redactor = new Redactor();
  beforeAll(async () => {
    peer = await startPeer();
  });
  beforeEach(() => {
    peer.received.splice(0);
    peer.answer = { body: 'ok' };
  });
  afterAll(() => peer.close());

  function toolWith(given: object = {}) {
    const { notifications } = gatewayConfigSchema.parse({
      notifications: {
        channels: {
          chat: { kind: 'slack', webhook: 'env:SLACK' },
          oncall: {
            kind: 'pagerduty',
            routingKey: 'env:ROUTING',
            url: `${peer.origin}/v2/enqueue`,
          },
          hook: { kind: 'webhook', url: `${peer.origin}/hook`, signingSecret: 'env:SIGNING' },
          broken: { kind: 'slack', webhook: 'env:NOT_SET' },
        },
        ...given,
      },
    });
    const env = {
      SLACK: `${peer.origin}/services/T0/B0/secret-part`,
      ROUTING: 'routing-key-of-32-characters',
      SIGNING: `whsec_${key.toString('base64')}`,
    };
    const toolbox = toolboxFor({ allow: [new URL(peer.origin).host], env }, redactor);
    return new NotificationTool(notifications, toolbox);
  }
  const send = (channel: string) => toolWith().run({ channel, ...notification }, call());
  const sent = () => JSON.parse(peer.received[0]?.body ?? '') as Json;

  it('GTW-3: tells Slack, where a text can mention nobody', async () => {
    expect(await send('chat')).toEqual({
      status: 'succeeded',
      result: { configured: true, channel: 'chat', code: 200 },
    });
    expect(peer.received[0]?.url.pathname).toBe('/services/T0/B0/secret-part');
    expect(sent()).toEqual({
      text: '[error] Checkout &lt;!channel&gt; is slow\np99 &amp; more',
    });
  });

  it('GTW-6: tells PagerDuty, with the effect key as the key of the incident', async () => {
    peer.answer = { code: 202, body: { status: 'success', dedup_key: 'CALL1' } };
    expect(await send('oncall')).toMatchObject({ status: 'succeeded', result: { code: 202 } });
    expect(sent()).toEqual({
      routing_key: 'routing-key-of-32-characters',
      event_action: 'trigger',
      dedup_key: 'CALL1',
      payload: {
        summary: notification.title,
        source: 'signalbox',
        severity: 'error',
        custom_details: { text: 'p99 & more' },
      },
    });
  });

  it('GTW-3: signs a webhook so that its receiver can check it', async () => {
    expect(await send('hook')).toMatchObject({ status: 'succeeded' });
    const [{ headers, body } = { headers: {}, body: '' }] = peer.received;
    const signature = createHmac('sha256', key).update(`CALL1.1767268800.${body}`);
    expect(headers).toMatchObject({
      'webhook-id': 'CALL1',
      'webhook-timestamp': '1767268800',
      'webhook-signature': `v1,${signature.digest('base64')}`,
      'idempotency-key': 'CALL1',
    });
    expect(sent()).toMatchObject({ type: 'notification', data: notification });
  });

  it('GTW-6: is sent, however much the channel says about it', async () => {
    peer.answer = { body: 'x'.repeat(20_000) };
    expect(await send('oncall')).toMatchObject({ status: 'succeeded', result: { code: 200 } });
  });

  it('GTW-8: repeats no secret when the channel does', async () => {
    peer.answer = { code: 403, body: 'no such thing: routing-key-of-32-characters' };
    const result = await send('oncall');
    expect(result).toMatchObject({ status: 'failed', code: 'http_status' });
    expect(redactor.redactJson(result)).toMatchObject({
      message: 'The channel oncall answered 403: no such thing: [redacted]',
    });
  });

  it('GTW-8: says which credential is missing, before anything is sent', async () => {
    await expect(send('broken')).rejects.toThrow('The credential env:NOT_SET is not there.');
    expect(peer.received).toEqual([]);
  });

  it('GTW-3: needs a person by default, and says that it is not configured', async () => {
    expect(toolWith()).toMatchObject({ approvalRequired: true, repeatable: false });
    expect(toolWith({ approval: false, repeatable: true })).toMatchObject({
      approvalRequired: false,
      repeatable: true,
    });
    const tool = new NotificationTool(undefined, toolboxFor({}));
    const result = await tool.run({ channel: 'chat', ...notification }, call());
    expect(result).toMatchObject({ status: 'succeeded', result: { configured: false } });
  });
});
