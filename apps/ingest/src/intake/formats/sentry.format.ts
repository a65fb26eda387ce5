import { jsonObject, parse, type Json } from '@signalbox/kernel';
import { z } from 'zod';
import type { SignalDraft, SignalFormat } from '../signal-format.ts';
import { at, textAt } from './json-path.ts';
import { timeOf } from './time-said.ts';

const bodySchema = z.object({ action: z.string().min(1), data: jsonObject });

const RESOURCES = ['issue', 'event', 'error', 'metric_alert', 'comment', 'installation'];
/** Nothing more is to be done about it, until it comes back. */
const OVER = ['resolved', 'archived', 'ignored'];

/**
 * Webhooks of Sentry's integration platform: issues, issue alerts, metric alerts and the rest.
 * https://docs.sentry.io/organization/integrations/integration-platform/webhooks/
 */
export const sentryFormat: SignalFormat = {
  name: 'sentry',
  recognises: ({ body, headers }) =>
    headers['sentry-hook-resource'] !== undefined ||
    (at(body, 'installation', 'uuid') !== undefined && at(body, 'data') !== undefined),
  read: ({ body, headers }) => {
    const { action, data } = parse(bodySchema, body, 'sentry webhook');
    const kind = RESOURCES.find((name) => at(data, name) !== undefined) ?? 'event';
    const resource = headers['sentry-hook-resource'] ?? kind;
    const about = at(data, kind);
    const said = (...path: string[]) => textAt(about, ...path);
    const name = said('title') ?? textAt(data, 'description_title') ?? textAt(data, 'comment');
    return [
      {
        // One fact has one type, whichever resource says it.
        type: kind === 'issue' ? kind : resource,
        title: name ?? `${resource} ${action}`,
        severity: (said('level') ?? (kind === 'metric_alert' ? action : undefined))?.toLowerCase(),
        status: OVER.includes(action) || said('status') === 'resolved' ? 'resolved' : 'firing',
        labels: {
          resource,
          action,
          project: said('project', 'slug') ?? said('project') ?? textAt(data, 'project_slug'),
          environment: said('environment'),
          culprit: said('culprit'),
          issue: said('shortId'),
          rule: textAt(data, 'triggered_rule'),
          url: said('web_url') ?? textAt(data, 'web_url') ?? said('permalink'),
        },
        ...problemOf(kind, about, action),
        payload: body,
      },
    ];
  },
};

/** What is said of an issue, whichever way, is one problem. */
function problemOf(
  kind: string,
  about: Json | undefined,
  action: string,
): Pick<SignalDraft, 'problem' | 'startsAt'> {
  if (kind === 'metric_alert') {
    const id = textAt(about, 'id');
    return { problem: id && `metric_alert/${id}`, startsAt: timeOf(at(about, 'date_started')) };
  }
  if (kind !== 'issue') return { problem: textAt(about, 'issue_id') };
  // Come back it is news, though it was seen before.
  const began = action === 'unresolved' ? undefined : timeOf(at(about, 'firstSeen'));
  return { problem: textAt(about, 'id'), startsAt: began };
}
