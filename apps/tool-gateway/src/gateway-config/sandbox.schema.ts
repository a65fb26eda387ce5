import { z } from 'zod';

const paths = z.array(z.string().min(1)).default([]);

/** What a program gets of the machine besides the system's own programs. */
const sandbox = z.strictObject({
  read: paths,
  /** Read as well. What is not there yet is made: a folder if it ends in `/`, else a file. */
  write: paths,
  /** All of it, or none. */
  network: z.boolean().default(false),
});

/** How far a program that the gateway starts is kept apart. */
export const confinementFields = {
  sandbox: sandbox.prefault({}),
  /** `true`: it runs as we do. `if-needed`: only where there is no sandbox to be had. */
  unsandboxed: z.union([z.boolean(), z.literal('if-needed')]).default(false),
};

const confinement = z.object(confinementFields);
export type Confinement = z.output<typeof confinement>;
