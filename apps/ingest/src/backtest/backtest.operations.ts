import { z } from 'zod';
import { operation } from '../openapi/operation.ts';
import { backtestBody } from './backtest-request.ts';

const time = z
  .string()
  .meta({ description: 'An instant in ISO 8601, or an age like `90m` or `30d`.' });

export const backtest = operation({
  id: 'backtestRules',
  summary: 'What rules would have decided of recorded signals, beside those in force',
  description:
    'Lines of JSON while it runs: `progress`, a `changed` signal each, and in the end `summary` or `error`.',
  body: backtestBody(time),
  answers: { 200: { description: 'It has begun.', mediaType: 'application/x-ndjson' } },
  problems: { 409: 'A name is that of two rules.' },
});
