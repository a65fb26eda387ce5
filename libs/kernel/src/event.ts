import type { z } from 'zod';
import type { MessageContext } from './context.ts';
import { parse } from './validation.ts';

/** An event that a decider answered with: a fact, not yet recorded. */
export interface DomainEvent<Type extends string = string, Data = unknown> {
  readonly type: Type;
  /** Version of the data's shape, from 1. */
  readonly schemaVersion: number;
  readonly data: Data;
}

/** What the event store knows about an event it holds. */
export interface EventRecord extends MessageContext {
  readonly id: string;
  readonly aggregate: string;
  readonly aggregateId: string;
  /** Position in the aggregate, from 1. */
  readonly version: number;
  /** Position in the audit stream. */
  readonly sequence: number;
  readonly time: Date;
}

export type RecordedEvent<E extends DomainEvent = DomainEvent> = E & {
  readonly record: EventRecord;
};

/** Old data made into the shape of the next version; `upcasters[0]` takes version 1 to 2. */
export type Upcaster = (data: unknown) => unknown;

/** An event defined once: the value gives its type, schema, aggregate and documentation. */
export interface EventDefinition<
  Type extends string = string,
  Schema extends z.ZodType = z.ZodType,
> {
  readonly type: Type;
  readonly aggregate: string;
  readonly schemaVersion: number;
  readonly schema: Schema;
  readonly summary: string;
  readonly upcasters: readonly Upcaster[];
  /** @throws AppError `invalid` when the data does not fit the schema. */
  of(data: z.input<Schema>): DomainEvent<Type, z.output<Schema>>;
}

/** The event that `definition.of` makes. */
export type EventOf<D> =
  D extends EventDefinition<infer Type, infer Schema> ? DomainEvent<Type, z.output<Schema>> : never;

export interface EventOptions<Type extends string, Schema extends z.ZodType> {
  /** Past tense: `approval.granted`. */
  readonly type: Type;
  readonly aggregate: string;
  readonly summary: string;
  readonly schema: Schema;
  readonly upcasters?: readonly Upcaster[];
}

export function defineEvent<Type extends string, Schema extends z.ZodType>(
  options: EventOptions<Type, Schema>,
): EventDefinition<Type, Schema> {
  const { type, schema, upcasters = [] } = options;
  const schemaVersion = upcasters.length + 1;
  return {
    ...options,
    upcasters,
    schemaVersion,
    of: (data) => ({ type, schemaVersion, data: parse(schema, data, `event ${type}`) }),
  };
}

/** Old data brought to the definition's present version, and checked. */
export function upcast<D extends EventDefinition>(
  definition: D,
  schemaVersion: number,
  data: unknown,
): EventOf<D> {
  const current = definition.upcasters.slice(schemaVersion - 1).reduce((d, up) => up(d), data);
  return definition.of(current) as EventOf<D>;
}
