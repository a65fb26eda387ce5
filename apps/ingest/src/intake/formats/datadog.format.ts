import { jsonObject, parse } from '@signalbox/kernel';
import type { SignalFormat } from '../signal-format.ts';
import { at, firstText, textAt } from './json-path.ts';
import { labelsOfTags } from './tag-list.ts';
import { timeOf } from './time-said.ts';

/**
 * The webhooks integration of Datadog. Its payload is a template of the sender's: the default one,
 * or any with the documented variables under their names in lower case (`alert_id`, `aggreg_key`).
 * https://docs.datadoghq.com/integrations/webhooks/
 */
export const datadogFormat: SignalFormat = {
  name: 'datadog',
  recognises: ({ body }) =>
    at(body, 'alert_transition') !== undefined ||
    (at(body, 'last_updated') !== undefined && at(body, 'org', 'id') !== undefined),
  read: ({ body }) => {
    const payload = parse(jsonObject, body, 'datadog webhook');
    const said = (name: string) => textAt(payload, name);
    const title = firstText(payload, ['title', 'event_title', 'alert_title']) ?? 'Datadog event';
    const type = said('event_type') ?? 'event';
    const alertType = said('alert_type');
    const isResolved = said('alert_transition')
      ? /recovered/i.test(said('alert_transition') ?? '')
      : alertType === 'success' || title.startsWith('[Recovered');
    // Which of the groups of a monitor it is about, only its scope says.
    const monitor = [said('alert_id'), said('alert_scope')].filter(Boolean).join('/');
    const problem = said('aggreg_key') ?? monitor;
    // The priority is the monitor's, the same in each of its reports; the type is the transition's
    // (`error`, `warning`, `success`), and of one that is over it tells nothing.
    const severity =
      firstText(payload, ['severity', 'alert_priority']) ??
      (alertType === 'success' ? undefined : alertType);
    return [
      {
        type,
        title,
        severity: severity?.toLowerCase(),
        status: isResolved ? 'resolved' : 'firing',
        labels: {
          ...labelsOfTags(at(payload, 'tags')),
          host: firstText(payload, ['hostname', 'host']),
          monitor: said('alert_id'),
          url: said('link'),
        },
        // The date is that of the report, not of the problem.
        ...(problem ? { problem } : { event: said('id'), startsAt: timeOf(at(payload, 'date')) }),
        payload,
      },
    ];
  },
};
