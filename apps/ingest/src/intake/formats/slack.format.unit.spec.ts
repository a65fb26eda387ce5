import { aDelivery, signalOf } from '../delivery.fixture.spec.ts';
import { formatOf } from '../formats.ts';

/** After https://docs.slack.dev/apis/events-api/, with its example of a callback. */
const callback = {
  token: 'z26uFbvR1xHJEdHE1OQiO6t8',
  team_id: 'T123ABC456',
  api_app_id: 'A123ABC456',
  event: {
    type: 'app_mention',
    user: 'U123ABC456',
    text: 'the checkout is slow',
    ts: '1515449522.000016',
    channel: 'C123ABC456',
  },
  type: 'event_callback',
  event_id: 'Ev123ABC456',
  event_time: 1515449522,
};

/** After https://docs.slack.dev/interactivity/implementing-slash-commands/ */
const command = {
  token: 'gIkuvaNzQIHg97ATvDxqgjtO',
  team_id: 'T0001',
  team_domain: 'example',
  channel_id: 'C2147483705',
  channel_name: 'test',
  user_id: 'U2147483697',
  user_name: 'Steve',
  command: '/weather',
  text: '94070',
  response_url: 'https://hooks.slack.com/commands/1234/5678',
  trigger_id: '13345224609.738474920.8088930838d88f008e0',
};
const again = { id: '01KAJ1X0000000000000000009', receivedAt: new Date('2026-11-22T00:00:00Z') };

describe('the format of Slack', () => {
  it('SIG-2: makes a callback of the Events API a canonical signal, the same when it is retried', () => {
    const signal = signalOf(callback);
    expect(signal).toMatchObject({
      source: 'slack',
      type: 'app_mention',
      title: 'the checkout is slow',
      labels: { user: 'U123ABC456', channel: 'C123ABC456', team: 'T123ABC456' },
      startsAt: '2018-01-08T22:12:02.000Z',
      startsAtKnown: true,
    });
    expect(signalOf(callback, again).id).toBe(signal.id);
    expect(signalOf({ ...callback, event_id: 'Ev2' }).id).not.toBe(signal.id);
  });

  it('SIG-2: makes a slash command a canonical signal', () => {
    const signal = signalOf(command, { source: 'ops-chat' });
    expect(signal).toMatchObject({
      source: 'ops-chat',
      type: 'slash_command',
      title: '/weather 94070',
      labels: { command: '/weather', user: 'Steve', channel: 'test', team: 'example' },
      payload: { text: '94070' },
    });
    expect(signalOf(command, { source: 'ops-chat', ...again }).id).toBe(signal.id);
    expect(signalOf({ ...command, text: '' }).title).toBe('/weather');
  });

  it('SIG-2: keeps what opens doors out of what rules, models and the audit see', () => {
    for (const body of [callback, command]) {
      expect(signalOf(body).payload).not.toHaveProperty('token');
      expect(signalOf(body).payload).not.toHaveProperty('response_url');
    }
  });

  it('SIG-2: reads any other JSON on its path by the usual names', () => {
    const body = { type: 'note', title: 'Something else' };
    expect(formatOf(aDelivery(body, { source: 'slack' })).name).toBe('slack');
    expect(signalOf(body, { source: 'slack' })).toMatchObject({
      source: 'slack',
      type: 'note',
      title: 'Something else',
    });
  });
});
