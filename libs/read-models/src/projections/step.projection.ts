import {
  modelAnswered,
  modelCallRequested,
  modelFailed,
  toolRequested,
  toolSettled,
  type ToolOutcome,
} from '@signalbox/contracts';
import type { EventRecord } from '@signalbox/kernel';
import { steps } from '../schema/tables.ts';
import { insert, update } from './changes.ts';
import { on, projection } from './projection.ts';

/** What stands in `call_id` where a step is the model's. */
const MODEL_CALL = '';

const keyOf = (record: EventRecord, step: number, callId: string) => ({
  execution_id: record.aggregateId,
  step,
  call_id: callId,
});

const asked = (record: EventRecord) => ({
  status: 'requested',
  answer: null,
  started_at: record.time,
  ended_at: null,
  sequence: record.sequence,
});

function answerOf(outcome: ToolOutcome): string {
  return outcome.status === 'succeeded' ? JSON.stringify(outcome.result) : outcome.message;
}

export const stepProjection = projection(
  on(modelCallRequested, ({ data, record }) => [
    insert(steps, {
      ...keyOf(record, data.step, MODEL_CALL),
      ...asked(record),
      kind: 'model',
      name: data.model,
    }),
  ]),
  on(modelAnswered, ({ data, record }) => [
    update(steps, keyOf(record, data.step, MODEL_CALL), {
      status: 'answered',
      answer: data.text,
      ended_at: record.time,
      sequence: record.sequence,
    }),
  ]),
  on(modelFailed, ({ data, record }) => [
    update(steps, keyOf(record, data.step, MODEL_CALL), {
      status: 'failed',
      answer: data.reason,
      ended_at: record.time,
      sequence: record.sequence,
    }),
  ]),
  on(toolRequested, ({ data, record }) => [
    insert(steps, {
      ...keyOf(record, data.step, data.use.callId),
      ...asked(record),
      kind: 'tool',
      name: data.use.tool,
    }),
  ]),
  on(toolSettled, ({ data, record }) => [
    update(steps, keyOf(record, data.step, data.callId), {
      status: data.outcome.status,
      answer: answerOf(data.outcome),
      ended_at: record.time,
      sequence: record.sequence,
    }),
  ]),
);
