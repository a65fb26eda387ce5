import type { CommandDefinition, EventDefinition } from '@signalbox/kernel';
import * as approval from './approval.contract.ts';
import * as control from './control.contract.ts';
import * as conversation from './conversation.contract.ts';
import * as deadLetter from './dead-letter.contract.ts';
import * as definition from './definition.contract.ts';
import * as delivery from './delivery.contract.ts';
import * as execution from './execution.contract.ts';
import * as lease from './lease.contract.ts';
import * as problem from './problem.contract.ts';
import * as rule from './rule.contract.ts';
import * as signal from './signal.contract.ts';
import * as toolcall from './toolcall.contract.ts';

const exported = [
  delivery,
  signal,
  problem,
  conversation,
  rule,
  definition,
  execution,
  lease,
  toolcall,
  approval,
  control,
  deadLetter,
].flatMap((module) => Object.values<unknown>(module));

const has = (value: unknown, ...names: readonly string[]): boolean =>
  typeof value === 'object' && value !== null && names.every((name) => name in value);

/** Every event there is, found by being exported from a contract. */
export const allEvents = exported.filter((value): value is EventDefinition =>
  has(value, 'type', 'aggregate', 'schemaVersion'),
);

/** Every command there is. */
export const allCommands = exported.filter((value): value is CommandDefinition =>
  has(value, 'service', 'name', 'schema'),
);
