export { Clock, SystemClock } from './clock.ts';
export { closestTo } from './closest-names.ts';
export {
  defineCommand,
  type Command,
  type CommandDefinition,
  type DataOf,
  type ReceivedCommand,
} from './command.ts';
export { causedBy, ownStory, type Actor, type MessageContext } from './context.ts';
export { decodeStrictly, type ByteEncoding } from './decode-strictly.ts';
export { fold, type Decider } from './decider.ts';
export { canonicalJson, digestOf } from './digest.ts';
export {
  AppError,
  asAppError,
  errorOutcomes,
  type ErrorKind,
  type FieldProblem,
} from './errors.ts';
export {
  defineEvent,
  upcast,
  type DomainEvent,
  type EventDefinition,
  type EventOf,
  type EventRecord,
  type RecordedEvent,
} from './event.ts';
export { deriveId, idAt, newId, timelessId, ULID_PATTERN } from './ids.ts';
export {
  isDeeperThan,
  isKept,
  json,
  jsonIn,
  jsonObject,
  type Json,
  type JsonObject,
} from './json.ts';
export { matchesPattern } from './name-pattern.ts';
export { parse } from './validation.ts';
