import { jsonObject, parse } from '@signalbox/kernel';
import { z } from 'zod';
import type { SignalFormat } from '../signal-format.ts';
import { at, firstText, textAt } from './json-path.ts';
import { timeOf } from './time-said.ts';

const bodySchema = z.object({
  event: z.object({ event_type: z.string().min(1), data: jsonObject }),
});

/**
 * PagerDuty's webhooks, version 3. What is said of an incident, whatever happened to it, is one
 * problem since it was created; of anything else (notes, services, a ping) it is an event.
 * https://developer.pagerduty.com/docs/webhooks-overview
 */
export const pagerdutyFormat: SignalFormat = {
  name: 'pagerduty',
  recognises: ({ body }) =>
    textAt(body, 'event', 'event_type') !== undefined && at(body, 'event', 'data') !== undefined,
  read: ({ body }) => {
    const { event_type: name, data } = parse(bodySchema, body, 'pagerduty webhook').event;
    const event = at(body, 'event');
    const isIncident = textAt(data, 'type') === 'incident' && textAt(data, 'id') !== undefined;
    const isResolved = name === 'incident.resolved' || textAt(data, 'status') === 'resolved';
    const began = timeOf(at(data, 'created_at'));
    return [
      {
        type: isIncident ? 'incident' : name,
        title: firstText(data, ['title', 'content', 'message', 'summary']) ?? name,
        severity: textAt(data, 'urgency')?.toLowerCase(),
        status: isIncident && isResolved ? 'resolved' : 'firing',
        labels: {
          event: name,
          incident: textAt(data, 'incident', 'id'),
          service: textAt(data, 'service', 'summary'),
          priority: textAt(data, 'priority', 'summary'),
          number: textAt(data, 'number'),
          url: textAt(data, 'html_url'),
        },
        ...(isIncident
          ? // Opened again it is news, though it was created before.
            {
              problem: textAt(data, 'id'),
              startsAt: name === 'incident.reopened' ? undefined : began,
            }
          : { event: textAt(event, 'id'), startsAt: timeOf(at(event, 'occurred_at')) }),
        payload: body,
      },
    ];
  },
};
