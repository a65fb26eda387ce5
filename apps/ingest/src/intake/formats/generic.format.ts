import { jsonObject, parse } from '@signalbox/kernel';
import { z } from 'zod';
import type { SignalFormat } from '../signal-format.ts';
import { at, isObject, textAt } from './json-path.ts';
import { labelsOfTags } from './tag-list.ts';
import { timeOf } from './time-said.ts';

const PAYLOAD_KEYS_MAX = 50;
const OWN_MEMBERS = ['source', 'event_type', 'title'];

const source = z.string().min(1).max(100);

const bodySchema = z.object({
  source,
  event_type: z.string().min(1).max(100),
  title: z.string().min(1).max(1000),
  severity: z.string().max(20).nullish(),
  payload: jsonObject
    .default({})
    .refine((payload) => Object.keys(payload).length <= PAYLOAD_KEYS_MAX, {
      message: `has more than ${PAYLOAD_KEYS_MAX} keys`,
    }),
});

/**
 * Our own webhook body, the one that Stourio documents. Beside its members `status`, `labels`,
 * `fingerprint` and `startsAt` are understood, and never refused.
 */
export const genericFormat: SignalFormat = {
  name: 'generic',
  recognises: ({ body, source: pathSource }) => {
    const has = OWN_MEMBERS.map((name) => isObject(body) && Object.hasOwn(body, name));
    // Under a path of its own a sender may well have a `title` and know nothing of us.
    return pathSource === undefined ? has.includes(true) : has.slice(1).every(Boolean);
  },
  read: ({ body, source: pathSource }) => {
    const schema = pathSource
      ? bodySchema.extend({ source: source.default(pathSource) })
      : bodySchema;
    const said = parse(schema, body, 'webhook');
    return [
      {
        source: said.source,
        type: said.event_type,
        title: said.title,
        severity: said.severity ?? undefined,
        status: at(body, 'status') === 'resolved' ? 'resolved' : 'firing',
        labels: labelsOfTags(at(body, 'labels')),
        problem: textAt(body, 'fingerprint'),
        startsAt: timeOf(at(body, 'startsAt')),
        payload: at(body, 'payload') ?? said.payload,
        field: 'payload',
      },
    ];
  },
};
