import type { Json } from '@signalbox/kernel';
import type { SignalDraft } from '../signal-format.ts';
import { at, textAt } from './json-path.ts';
import { timeOf } from './time-said.ts';

export function isAlarm(message: Json | undefined): message is Json {
  return (
    textAt(message, 'AlarmName') !== undefined && textAt(message, 'NewStateValue') !== undefined
  );
}

/**
 * What CloudWatch says through SNS of an alarm that changed its state.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
 */
export function draftOfAlarm(alarm: Json): SignalDraft {
  const said = (...path: string[]) => textAt(alarm, ...path);
  const name = said('AlarmName') ?? '';
  const state = said('NewStateValue') ?? '';
  return {
    type: name,
    title: `${state}: ${name}: ${said('NewStateReason') ?? said('AlarmDescription') ?? ''}`,
    status: state === 'OK' ? 'resolved' : 'firing',
    labels: {
      state,
      account: said('AWSAccountId'),
      region: said('Region'),
      namespace: said('Trigger', 'Namespace'),
      metric: said('Trigger', 'MetricName'),
    },
    problem: said('AlarmArn') ?? [said('AWSAccountId'), said('Region'), name].join('/'),
    startsAt: timeOf(at(alarm, 'StateChangeTime')),
    payload: alarm,
  };
}
