import { jsonObject, parse, type Json } from '@signalbox/kernel';
import { z } from 'zod';
import type { SignalDraft, SignalFormat } from '../signal-format.ts';
import { at, textAt } from './json-path.ts';
import { labelsOfTags } from './tag-list.ts';
import { timeOf } from './time-said.ts';

const BODIES_MAX = 2000;
const PAYLOAD_KEYS_MAX = 50;
const OWN_MEMBERS = ['source', 'event_type', 'title'];

const source = z.string().min(1).max(100);

export const genericBody = z.object({
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
type Said = z.output<typeof genericBody>;

/**
 * Our own webhook body, the one that Stourio documents, or a list of them with a signal for each.
 * Beside its members `status`, `labels`, `fingerprint` and `startsAt` are understood, and never
 * refused.
 */
export const genericFormat: SignalFormat = {
  name: 'generic',
  recognises: ({ body, source: pathSource }) => {
    if (Array.isArray(body)) return body.some(isNoOthers);
    // Under a path of its own a sender may well have a `title` and know nothing of us.
    return pathSource === undefined
      ? OWN_MEMBERS.some((name) => at(body, name) !== undefined)
      : isNoOthers(body);
  },
  read: ({ body, source: pathSource }) => {
    const schema = pathSource
      ? genericBody.extend({ source: source.default(pathSource) })
      : genericBody;
    if (!Array.isArray(body)) return [draftOf(parse(schema, body, 'webhook'), body, 'payload')];
    const said = parse(z.array(schema).min(1).max(BODIES_MAX), body, 'webhook');
    return (body as readonly Json[]).map((one, index) =>
      draftOf(said[index] as Said, one, `${index}.payload`),
    );
  },
};

/** With these two together it is meant for us. */
function isNoOthers(body: Json): boolean {
  return at(body, 'event_type') !== undefined && at(body, 'title') !== undefined;
}

function draftOf(said: Said, body: Json, field: string): SignalDraft {
  return {
    source: said.source,
    type: said.event_type,
    title: said.title,
    severity: said.severity ?? undefined,
    status: at(body, 'status') === 'resolved' ? 'resolved' : 'firing',
    labels: labelsOfTags(at(body, 'labels')),
    problem: textAt(body, 'fingerprint'),
    startsAt: timeOf(at(body, 'startsAt')),
    payload: at(body, 'payload') ?? said.payload,
    field,
  };
}
