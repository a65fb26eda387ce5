import { digestOf, jsonObject, parse } from '@signalbox/kernel';
import { z } from 'zod';
import { limitPayload } from './payload.ts';
import type { SignalFormat } from './signal-format.ts';

const PAYLOAD_KEYS_MAX = 50;

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

/** Our own webhook body, the one that Stourio documents. */
export const genericFormat: SignalFormat = {
  name: 'generic',
  recognises: () => true,
  read({ body, source: pathSource, receivedAt }) {
    const schema = pathSource
      ? bodySchema.extend({ source: source.default(pathSource) })
      : bodySchema;
    const said = parse(schema, body, 'webhook');
    limitPayload(said.payload, 'payload');
    return [
      {
        source: said.source,
        type: said.event_type,
        title: said.title,
        ...(said.severity ? { severity: said.severity } : {}),
        status: 'firing',
        labels: {},
        fingerprint: digestOf([said.source, said.event_type, said.title]),
        startsAt: receivedAt.toISOString(),
        payload: said.payload,
      },
    ];
  },
};
