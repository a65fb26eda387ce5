import { z } from 'zod';
import { deliveryKey, KEY_HEADER } from '../http/delivery-headers.ts';
import { operation } from '../openapi/operation.ts';
import { id } from '../openapi/shapes.ts';
import { genericBody } from './formats/generic.format.ts';

const accepted = {
  status: z.literal('queued'),
  message: z.string(),
  signal_id: id.nullable(),
  signal_ids: z.array(id).optional().meta({ description: 'Where the body held several.' }),
};

export const sendSignal = operation({
  id: 'sendSignal',
  summary: 'Send signals',
  description:
    'A body of this contract, or of any vendor whose format is known; any other JSON is taken as far as its members have the usual names.',
  access: 'source',
  path: z.object({ source: z.string().min(1).max(100).optional() }),
  headers: z.object({ [KEY_HEADER]: deliveryKey }),
  body: z
    .union([genericBody, z.unknown()])
    .meta({ description: 'This, or whatever a vendor sends.' }),
  bodyTypes: [
    'application/cloudevents+json',
    'application/cloudevents-batch+json',
    'application/x-www-form-urlencoded',
  ],
  answers: {
    200: {
      description: 'Of Slack alone: its challenge, or that a slash command was accepted.',
      body: z.union([
        z.object({ challenge: z.string() }),
        z.object({ ...accepted, text: z.string() }),
      ]),
    },
    202: { description: 'Every signal in the body is on disk.', body: z.object(accepted) },
  },
});
