import { ulid } from '@signalbox/contracts';
import { jsonObject } from '@signalbox/kernel';
import { z } from 'zod';
import { operation } from '../openapi/operation.ts';
import { problem, word } from '../openapi/shapes.ts';
import { ruleFieldsShape, ruleInput, ruleInputs } from './rule-wire.ts';

/** Made ready while everybody else waits, up to 5 ms for each; a backtest has a thread of its own. */
const TESTED_RULES_MAX = 100;

export const testRules = operation({
  id: 'testRules',
  summary: 'Try rules on one event, without any effect',
  body: z
    .strictObject({
      rule: ruleInput
        .optional()
        .meta({ description: 'One by itself, tried also when it is not active.' }),
      rules: ruleInputs
        .max(TESTED_RULES_MAX, {
          error: `are more than ${TESTED_RULES_MAX}; a backtest takes more`,
        })
        .optional()
        .meta({ description: 'Instead of those in force.' }),
      event: jsonObject.optional().meta({ description: 'A body as the webhook takes it.' }),
      source: z
        .string()
        .min(1)
        .max(100)
        .optional()
        .meta({ description: 'Who would have sent the event.' }),
      signal_id: ulid.optional().meta({ description: 'Of a recorded one, instead of an event.' }),
    })
    .refine(({ rule, rules }) => !(rule && rules), { path: ['rule'], error: 'goes without rules' })
    .refine(({ event, signal_id: id }) => (event === undefined) !== (id === undefined), {
      path: ['event'],
      error: 'or signal_id is needed, one of the two',
    }),
  answers: {
    200: {
      description: 'What they would make of it.',
      body: z.object({
        matched: z.boolean(),
        rule: ruleFieldsShape.nullable(),
        action: word.nullable(),
        risk_level: word.nullable(),
        trace: z.array(
          z.object({ rule_name: z.string(), matched: z.boolean(), reason: z.string() }),
        ),
        signal_status: z.enum(['firing', 'resolved']),
        text: z.string().meta({ description: 'What patterns see.' }),
      }),
    },
  },
  problems: { 404: 'No such signal was taken.' },
});

export const applyRules = operation({
  id: 'applyRules',
  summary: 'Bring the rules to what a file says',
  description: 'Everything is checked before the first change. Asked again it does what is left.',
  body: z.strictObject({
    rules: ruleInputs,
    prune: z.boolean().default(false).meta({ description: 'Delete what is not named.' }),
    dry_run: z.boolean().default(false),
    plan: z
      .string()
      .max(100)
      .optional()
      .meta({ description: 'Of a dry run: anything else than that is refused.' }),
  }),
  answers: {
    200: {
      description: 'What was done, or with a dry run would be.',
      body: z.object({
        status: z.enum(['planned', 'applied', 'incomplete']),
        plan: z.string(),
        changes: z.array(
          z.object({
            change: z.enum(['create', 'change', 'delete']),
            name: z.string(),
            rule_id: z.string().nullable(),
            before: ruleFieldsShape.nullable(),
            after: ruleFieldsShape.nullable(),
            outcome: z.enum(['done', 'pending', 'failed', 'not_tried']).optional(),
            problem: problem.omit({ title: true }).optional(),
          }),
        ),
        unchanged: z.int(),
        others: z
          .array(z.string())
          .meta({ description: 'Names of rules that are not in the file and stay.' }),
      }),
    },
  },
  problems: { 409: 'The rules have changed since the plan, or a name is that of two.' },
});
