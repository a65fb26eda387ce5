import { jsonIn, parse, type Json } from '@signalbox/kernel';
import { z } from 'zod';
import { NESTING_MAX } from '../../http/json-body.ts';
import type { SignalDraft, SignalFormat } from '../signal-format.ts';
import { draftOfAlarm, isAlarm } from './cloudwatch-alarm.ts';
import { at, textAt } from './json-path.ts';
import { timeOf } from './time-said.ts';

const envelopeSchema = z.object({ Type: z.string().min(1), TopicArn: z.string().min(1) });

/** Where only Amazon answers; a link to anywhere else is somebody's trap. */
const OF_AMAZON = /^https:\/\/sns\.[a-z0-9-]+\.amazonaws\.com(\.cn)?\//;

/**
 * CloudWatch alarms through Amazon SNS, and whatever else a topic carries.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
 */
export const cloudwatchFormat: SignalFormat = {
  name: 'cloudwatch',
  recognises: ({ body, headers }) =>
    headers['x-amz-sns-message-type'] !== undefined ||
    (at(body, 'TopicArn') !== undefined && at(body, 'MessageId') !== undefined) ||
    isAlarm(body),
  read: ({ body }) => {
    // A subscription with raw message delivery has no envelope.
    if (isAlarm(body)) return [draftOfAlarm(body)];
    const { Type: type } = parse(envelopeSchema, body, 'cloudwatch webhook');
    const message = jsonIn(textAt(body, 'Message'), NESTING_MAX);
    if (type === 'Notification' && isAlarm(message)) return [draftOfAlarm(message)];
    return [draftOfMessage(type, body)];
  },
};

function draftOfMessage(type: string, body: Json): SignalDraft {
  const isToConfirm = type === 'SubscriptionConfirmation';
  return {
    type,
    title: isToConfirm
      ? confirmationAsked(body)
      : (textAt(body, 'Subject') ?? textAt(body, 'Message') ?? type),
    status: 'firing',
    labels: { topic: textAt(body, 'TopicArn') },
    event: textAt(body, 'MessageId'),
    startsAt: timeOf(at(body, 'Timestamp')),
    payload: body,
  };
}

/** Never fetched by us: whoever confirms a subscription decides who may send here. */
function confirmationAsked(body: Json): string {
  const topic = textAt(body, 'TopicArn');
  const url = textAt(body, 'SubscribeURL') ?? '';
  return OF_AMAZON.test(url)
    ? `Amazon SNS asks to confirm the subscription of ${topic}: to agree, open ${url}`
    : `Somebody asks to confirm a subscription of ${topic}, with a SubscribeURL that is not Amazon's`;
}
