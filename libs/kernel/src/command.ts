import type { z } from 'zod';
import type { MessageContext } from './context.ts';
import { parse } from './validation.ts';

/** A request to one service, made but not yet sent. */
export interface Command<
  Service extends string = string,
  Name extends string = string,
  Data = unknown,
> {
  readonly service: Service;
  readonly name: Name;
  readonly data: Data;
  /** See `CommandOptions.lane`. */
  readonly lane?: string;
}

/** A command as its service receives it. */
export interface ReceivedCommand<Data = unknown> extends MessageContext {
  readonly id: string;
  readonly data: Data;
  /** 1 the first time. */
  readonly deliveries: number;
}

/** A command defined once: the value gives its type, schema, subject and documentation. */
export interface CommandDefinition<
  Service extends string = string,
  Name extends string = string,
  Schema extends z.ZodType = z.ZodType,
> {
  readonly service: Service;
  readonly name: Name;
  readonly schema: Schema;
  readonly summary: string;
  /** Whether some of its commands take turns; see `CommandOptions.lane`. */
  readonly hasLanes: boolean;
  /** @throws AppError `invalid` when the data does not fit the schema. */
  of(data: z.input<Schema>): Command<Service, Name, z.output<Schema>>;
}

/** The data of a definition's command, as a handler receives it. */
export type DataOf<D> = D extends { readonly schema: infer S extends z.ZodType }
  ? z.output<S>
  : never;

export interface CommandOptions<
  Service extends string,
  Name extends string,
  Schema extends z.ZodType,
> {
  readonly service: Service;
  /** Imperative: `request-approval`. */
  readonly name: Name;
  readonly summary: string;
  readonly schema: Schema;
  /**
   * For a command that begins something: whose turn it takes. Lanes take turns, so that one with
   * many waiting does not hold up the others. Commands of no lane come before all that wait in one.
   */
  lane?(data: z.output<Schema>): string | undefined;
}

export function defineCommand<
  Service extends string,
  Name extends string,
  Schema extends z.ZodType,
>(options: CommandOptions<Service, Name, Schema>): CommandDefinition<Service, Name, Schema> {
  const { service, name, schema } = options;
  return {
    ...options,
    hasLanes: options.lane !== undefined,
    of: (input) => {
      const data = parse(schema, input, `command ${service}.${name}`);
      const lane = options.lane?.(data);
      return { service, name, data, ...(lane !== undefined && { lane }) };
    },
  };
}
