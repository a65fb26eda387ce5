import { run } from './command.ts';

/** The oldest server with everything we use: atomic batches, message schedules, batch get. */
export const NATS_VERSION_FLOOR = '2.14.0';

/** From here a durable batch costs one fsync; before it, one for each of its messages. */
export const NATS_VERSION_FAST = '2.15.0';

export function isAtLeast(version: string, floor: string): boolean {
  const [left, right] = [version, floor].map((text) => text.split('.').map(Number));
  for (const part of [0, 1, 2]) {
    const difference = (left?.[part] ?? 0) - (right?.[part] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

/** The version a nats-server program reports, or undefined when it is none or does not run. */
export async function natsVersionOf(binary: string): Promise<string | undefined> {
  const output = await run(binary, ['--version']).catch(() => '');
  return /nats-server: v(\d+\.\d+\.\d+)/.exec(output)?.[1];
}
