import { once } from 'node:events';
import { join } from 'node:path';
import type { Load, LoadReport } from './http-load.program.ts';
import { startProgram } from './programs.ts';

/** A client process; resolves to what gives it a load and waits for the report. */
export async function startHttpLoad(
  bed: AsyncDisposableStack,
): Promise<(load: Load) => Promise<LoadReport>> {
  const { child } = await startProgram(bed, join(import.meta.dirname, 'http-load.program.ts'));
  return async (load) => {
    child.send(load);
    const [report] = (await once(child, 'message')) as [LoadReport];
    return report;
  };
}
