import { problemIdOf } from '@signalbox/contracts';
import { refusalOf, signalOf } from '../delivery.fixture.spec.ts';

const ARN = 'arn:aws:cloudwatch:eu-west-1:123456789012:alarm:checkout-errors';

/** What CloudWatch writes into an SNS message: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html */
const alarm = {
  AlarmName: 'checkout-errors',
  AlarmDescription: null,
  AWSAccountId: '123456789012',
  AlarmConfigurationUpdatedTimestamp: '2026-11-20T18:48:56.505+0000',
  NewStateValue: 'ALARM',
  NewStateReason: 'Threshold Crossed: 6.0 was greater than the threshold (5.0).',
  StateChangeTime: '2026-11-21T04:50:37.811+0000',
  Region: 'EU (Ireland)',
  AlarmArn: ARN,
  OldStateValue: 'OK',
  OKActions: [],
  AlarmActions: ['arn:aws:sns:eu-west-1:123456789012:ops'],
  Trigger: {
    MetricName: 'Errors',
    Namespace: 'AWS/Lambda',
    Statistic: 'SUM',
    Dimensions: [{ name: 'FunctionName', value: 'checkout' }],
    Period: 60,
    Threshold: 5.0,
  },
};

/** https://docs.aws.amazon.com/sns/latest/dg/http-notification-json.html */
const envelope = {
  Type: 'Notification',
  MessageId: '22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324',
  TopicArn: 'arn:aws:sns:eu-west-1:123456789012:ops',
  Subject: 'My First Message',
  Message: 'Hello world!',
  Timestamp: '2026-11-21T04:54:00.655Z',
  SignatureVersion: '1',
  Signature: 'EXAMPLE',
  SigningCertURL: 'https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-x.pem',
  UnsubscribeURL: 'https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe',
};
const carrying = (about: object) => ({
  ...envelope,
  Message: JSON.stringify({ ...alarm, ...about }),
});

/** https://docs.aws.amazon.com/sns/latest/dg/http-subscription-confirmation-json.html */
const confirmation = {
  ...envelope,
  Type: 'SubscriptionConfirmation',
  Token: '2336412f37',
  Message: 'You have chosen to subscribe to the topic. To confirm, visit the SubscribeURL.',
  SubscribeURL: 'https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=2336412f37',
};

describe('CloudWatch through Amazon SNS', () => {
  const signal = signalOf(carrying({}));

  it('SIG-2: makes an alarm a canonical signal', () => {
    expect(signal).toMatchObject({
      source: 'cloudwatch',
      type: 'checkout-errors',
      title: `ALARM: checkout-errors: ${alarm.NewStateReason}`,
      status: 'firing',
      labels: {
        state: 'ALARM',
        namespace: 'AWS/Lambda',
        metric: 'Errors',
        account: '123456789012',
      },
      fingerprint: ARN,
      problemId: problemIdOf('cloudwatch', ARN),
      startsAt: '2026-11-21T04:50:37.811Z',
      startsAtKnown: true,
      payload: alarm,
    });
  });

  it('SIG-2: understands that it is over, and that nobody knows', () => {
    const ended = carrying({
      NewStateValue: 'OK',
      StateChangeTime: '2026-11-21T04:58:00.000+0000',
    });
    expect(signalOf(ended)).toMatchObject({ status: 'resolved', problemId: signal.problemId });
    expect(signalOf(carrying({ NewStateValue: 'INSUFFICIENT_DATA' })).status).toBe('firing');
  });

  it('SIG-4: the same change sent again is the same signal, in an envelope or without', () => {
    const again = { id: '01KAJ1X0000000000000000009', receivedAt: new Date() };
    expect(signalOf(carrying({}), again).id).toBe(signal.id);
    expect(signalOf(alarm).id).toBe(signal.id);
  });

  it('SIG-2: tells a person where to confirm a subscription, and of a link that is not Amazon’s', () => {
    expect(signalOf(confirmation)).toMatchObject({
      type: 'SubscriptionConfirmation',
      title: expect.stringContaining(confirmation.SubscribeURL),
      labels: { topic: envelope.TopicArn },
      payload: confirmation,
    });
    for (const url of [
      'https://sns.evil.example/',
      'https://sns.eu-west-1.amazonaws.com.evil.example/',
      '',
    ]) {
      const { title } = signalOf({ ...confirmation, SubscribeURL: url });
      expect(title).toMatch(/not Amazon/);
    }
  });

  it('SIG-2: takes any other message of a topic for an event', () => {
    expect(signalOf(envelope)).toMatchObject({
      type: 'Notification',
      title: 'My First Message',
      startsAt: '2026-11-21T04:54:00.655Z',
      payload: envelope,
    });
    const { Subject: _, ...unnamed } = envelope;
    expect(signalOf(unnamed).title).toBe('Hello world!');
    expect(signalOf(unnamed)).not.toHaveProperty('problemId');
  });

  it('keeps a message as text that is deeper than a body may be', () => {
    const deep = `{"AlarmName":"a","NewStateValue":"ALARM","x":${'['.repeat(5000)}${']'.repeat(5000)}}`;
    expect(signalOf({ ...envelope, Message: deep }).payload).toMatchObject({ Message: deep });
  });

  it('SIG-2: refuses what is neither, naming the fields', () => {
    expect(refusalOf({ a: 1 }, { source: 'cloudwatch' })).toMatchObject({
      kind: 'invalid',
      fields: [{ field: 'Type' }, { field: 'TopicArn' }],
    });
  });
});
