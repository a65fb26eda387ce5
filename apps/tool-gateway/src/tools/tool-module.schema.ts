import { json, jsonObject } from '@signalbox/kernel';
import { z } from 'zod';
import { carefulFields } from '../gateway-config/fields.schema.ts';

/** A tool that is a file of yours. */
export const toolModuleConfig = z.strictObject({
  /** Path of a JavaScript or TypeScript file; a relative one means the configuration's folder. */
  module: z.string().min(1),
  /** What the tool is given as `config`; references to credentials in it stay references. */
  config: jsonObject.default({}),
  ...carefulFields,
});
export type ToolModuleConfig = z.output<typeof toolModuleConfig>;

const aFunction = z.custom<(...given: never[]) => unknown>(
  (value) => typeof value === 'function',
  'is no function',
);

/** What such a file exports as `tool`. */
export const toolModuleExport = z.object({
  tool: z.object({
    description: z.string().min(1).max(4_000),
    inputSchema: jsonObject,
    objectionTo: aFunction.optional(),
    run: aFunction,
  }),
});

/** What its `run` resolves to. */
export const toolModuleResult = z.discriminatedUnion('status', [
  z.strictObject({ status: z.literal('succeeded'), result: json }),
  z.strictObject({ status: z.literal('failed'), code: z.string(), message: z.string() }),
  z.strictObject({ status: z.literal('interrupted'), code: z.string(), message: z.string() }),
]);
