import { z } from 'zod';
import { operation } from '../openapi/operation.ts';
import { anyObject, id, instant, LATER, pageOf, pending, word } from '../openapi/shapes.ts';
import { pageFields } from './queries.page.ts';

const approval = z
  .object({
    id,
    action_description: z.string(),
    action: anyObject,
    action_digest: z.string().meta({ description: 'Of the exact action that is agreed to.' }),
    risk_level: word,
    status: word,
    stale: z
      .boolean()
      .meta({ description: 'Asked before a halt: it can be rejected, but not granted any more.' }),
    execution_id: id,
    signal_id: id,
    created_at: instant,
    expires_at: instant,
  })
  .meta({ id: 'Approval' });

export const listApprovals = operation({
  id: 'listApprovals',
  summary: 'What waits for a person, oldest first',
  // What is not known is refused: the whole list would look like the part that was asked for.
  query: z.strictObject(pageFields),
  answers: {
    200: pageOf(approval),
  },
});

export const resolveApproval = operation({
  id: 'resolveApproval',
  summary: 'Agree to an action, or refuse it',
  body: z.object({ approved: z.boolean(), note: z.string().max(2000).nullish() }),
  answers: {
    200: {
      description: 'It is resolved, and what was asked for goes on or does not.',
      body: z.union([
        z.object({
          status: z.literal('approved_and_executed'),
          execution_id: id,
          approval_id: z.string(),
        }),
        z.object({ status: z.literal('rejected'), message: z.string(), approval_id: z.string() }),
      ]),
    },
    202: { description: LATER, body: pending({ approval_id: z.string() }) },
  },
  problems: {
    404: 'There is no such approval.',
    409: 'It is resolved already.',
    410: 'It has expired, and counts as rejected.',
  },
});
