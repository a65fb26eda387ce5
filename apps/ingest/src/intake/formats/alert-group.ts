import { digestOf, parse, type Json, type JsonObject } from '@signalbox/kernel';
import { z } from 'zod';
import type { SignalDraft } from '../signal-format.ts';
import { at } from './json-path.ts';
import { timeOf } from './time-said.ts';

const ALERTS_MAX = 2000;
/** What the group says once for all of its alerts, and is kept with each. */
const GROUP_MEMBERS = ['receiver', 'externalURL', 'groupKey', 'orgId'];

const strings = z.record(z.string(), z.string());

const alertSchema = z.object({
  status: z.enum(['firing', 'resolved']),
  labels: strings,
  annotations: strings.nullish(),
  startsAt: z.iso.datetime({ offset: true }),
  fingerprint: z.string().min(1).nullish(),
});

/** A group of alerts, as Alertmanager made it common. */
export const alertGroupSchema = z.object({
  alerts: z.array(alertSchema).min(1).max(ALERTS_MAX),
});

/**
 * One draft for each alert of a group.
 * @throws AppError `invalid`, naming the field.
 */
export function draftsOfAlertGroup(
  body: Json,
  schema: typeof alertGroupSchema,
  what: string,
): SignalDraft[] {
  const group = parse(schema, body, what);
  const whole = at(body, 'alerts') as readonly JsonObject[];
  const shared = GROUP_MEMBERS.map((name): [string, Json | undefined] => [name, at(body, name)]);
  const known = shared.filter((member): member is [string, Json] => member[1] !== undefined);
  return group.alerts.map((alert, index) => ({
    ...draftOf(alert),
    payload: { ...whole[index], ...Object.fromEntries(known) },
    field: `alerts.${index}`,
  }));
}

function draftOf(alert: z.output<typeof alertSchema>): Omit<SignalDraft, 'payload'> {
  const { status, labels, annotations, startsAt, fingerprint } = alert;
  const name = labels['alertname'] || 'alert';
  return {
    type: name,
    title: annotations?.['summary'] || annotations?.['description'] || name,
    severity: labels['severity']?.toLowerCase(),
    status,
    labels,
    // The labels are what tells alerts apart.
    problem: fingerprint ?? digestOf(labels),
    startsAt: timeOf(startsAt),
  };
}
