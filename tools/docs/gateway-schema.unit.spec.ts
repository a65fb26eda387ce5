import { schemaValidator } from '@signalbox/json-schema';
import type { JsonObject } from '@signalbox/kernel';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { gatewaySchema } from './gateway-schema.ts';

const problemOf = schemaValidator(gatewaySchema() as JsonObject, 'configuration');
const sample = readFileSync(join(import.meta.dirname, '../../deploy/gateway.yaml'), 'utf8');

it('the sample configuration of the gateway fits its published schema', () => {
  expect(problemOf(parse(sample) as JsonObject)).toBeUndefined();
});

it.each([
  ['upstream: {}', /upstream/],
  ['policy: { allow: [{ caller: a, tools: [] }] }', /policy\.allow\.0\.tools/],
])('that schema objects to %s', (yaml, problem) => {
  expect(problemOf(parse(yaml) as JsonObject)).toMatch(problem);
});
