import { digestOf, idAt, json, parse, type Json, type JsonObject } from '@signalbox/kernel';
import { z } from 'zod';
import { limitPayload } from './payload.ts';
import type { SignalDraft, SignalFormat } from './signal-format.ts';

const ALERTS_MAX = 2000;
const TYPE_LENGTH_MAX = 100;
const TITLE_LENGTH_MAX = 1000;
const SEVERITY_LENGTH_MAX = 20;

const strings = z.record(z.string(), z.string());

const alertSchema = z.looseObject({
  status: z.enum(['firing', 'resolved']),
  labels: strings,
  annotations: strings.default({}),
  startsAt: z.iso.datetime({ offset: true }),
  fingerprint: z.string().min(1).max(200).optional(),
});
type Alert = z.output<typeof alertSchema>;

const bodySchema = z.object({
  version: z.literal('4'),
  groupKey: json.optional(),
  receiver: z.string().optional(),
  externalURL: z.string().optional(),
  alerts: z.array(alertSchema).min(1).max(ALERTS_MAX),
});
type Body = z.output<typeof bodySchema>;

interface Origin {
  readonly source: string;
  readonly receivedAt: Date;
}

/**
 * The webhook of Prometheus Alertmanager, version 4: one signal per alert.
 * https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
 */
export const alertmanagerFormat: SignalFormat = {
  name: 'alertmanager',
  recognises: (body) => isObject(body) && body['version'] === '4' && 'alerts' in body,
  read({ body, source = 'alertmanager', receivedAt }) {
    const said = parse(bodySchema, body, 'alertmanager webhook');
    return said.alerts.map((alert, index) => {
      const draft = draftOf(alert, said, { source, receivedAt });
      limitPayload(draft.payload, `alerts.${index}`);
      return draft;
    });
  },
};

function draftOf(alert: Alert, group: Body, { source, receivedAt }: Origin): SignalDraft {
  const { status, labels, annotations } = alert;
  const name = labels['alertname'] || 'alert';
  const title = annotations['summary'] || annotations['description'] || name;
  const severity = labels['severity']?.slice(0, SEVERITY_LENGTH_MAX);
  const began = new Date(alert.startsAt);
  // Go writes a time that is not set as the year 1: two such alerts need not be one fact.
  const isBeginKnown = began.getTime() > 0;
  const startsAt = (isBeginKnown ? began : receivedAt).toISOString();
  const fingerprint = alert.fingerprint ?? digestOf(labels);
  const { receiver, externalURL, groupKey } = group;
  return {
    // Alertmanager repeats what still fires, and each of a pair sends it: one fact, one id.
    ...(isBeginKnown && { id: idAt(began, source, fingerprint, status, startsAt) }),
    source,
    type: name.slice(0, TYPE_LENGTH_MAX),
    title: title.slice(0, TITLE_LENGTH_MAX),
    ...(severity ? { severity } : {}),
    status,
    labels,
    fingerprint,
    startsAt,
    payload: { ...(alert as JsonObject), ...defined({ receiver, externalURL, groupKey }) },
  };
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function defined(members: Readonly<Record<string, Json | undefined>>): JsonObject {
  return Object.fromEntries(
    Object.entries(members).filter((entry): entry is [string, Json] => entry[1] !== undefined),
  );
}
