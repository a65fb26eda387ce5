import { z } from 'zod';
import { CHANGED_MEANWHILE, versionsShape } from '../definitions/definition.operations.ts';
import { operation } from '../openapi/operation.ts';
import { LATER, pending } from '../openapi/shapes.ts';
import { ruleFieldsShape, ruleInput, ruleShape } from './rule-wire.ts';

const later = { description: LATER, body: pending({ rule_id: z.string() }) };
const missing = 'There is no such rule.';
const nameTaken = 'The name is that of another rule';

export const listRules = operation({
  id: 'listRules',
  summary: 'Every rule, in the order in which they are tried',
  answers: { 200: { description: 'Inactive ones at their place.', body: z.array(ruleShape) } },
});

export const createRule = operation({
  id: 'createRule',
  summary: 'Make a rule, in force at once',
  body: ruleInput,
  answers: { 201: { description: 'The rule.', body: ruleShape }, 202: later },
  problems: { 409: `${nameTaken}.` },
});

export const replaceRule = operation({
  id: 'replaceRule',
  summary: 'The whole rule anew',
  body: ruleInput,
  answers: { 200: { description: 'The rule.', body: ruleShape }, 202: later },
  problems: { 404: missing, 409: `${CHANGED_MEANWHILE} Or: ${nameTaken.toLowerCase()}.` },
});

export const deleteRule = operation({
  id: 'deleteRule',
  summary: 'End a rule; its versions are kept',
  answers: {
    200: {
      description: 'It is tried no more.',
      body: z.object({ status: z.literal('deleted'), rule_id: z.string() }),
    },
    202: later,
  },
  problems: { 404: missing, 409: 'It was changed meanwhile.' },
});

export const ruleVersions = operation({
  id: 'ruleVersions',
  summary: 'Every version of a rule, also of a deleted one',
  answers: {
    200: { description: 'The newest first.', body: versionsShape('rule', ruleFieldsShape) },
  },
  problems: { 404: 'There never was such a rule.' },
});
