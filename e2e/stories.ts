import { eventually } from '@signalbox/testing';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Platform } from './platform.ts';

/** An event as `GET /api/why/{id}` tells it. */
export interface Event {
  readonly type: string;
  readonly aggregate_id: string;
  readonly actor: string;
  readonly data: Record<string, unknown>;
}

/** Longer than a gateway’s or runner’s death takes to be noticed (30 s), on a slow machine too. */
const STEP_MAX_MS = 120_000;
const ended = /^execution\.(completed|failed|halted|rejected)$/;

export const isEnd = ({ type }: Event): boolean => ended.test(type);

/** A signal that the offline model gives to an agent, which wants to restart `checkout`. */
export const slowCheckout = (title = 'Checkout p99 latency above 2 s') => ({
  source: 'e2e',
  event_type: 'HighLatency',
  title,
  severity: 'critical',
  payload: { labels: { service: 'checkout' } },
});

export async function sendSignal(platform: Platform, body: unknown): Promise<string> {
  const { status, body: answer } = await platform.post<{ signal_id: string }>('/api/webhook', body);
  if (status !== 202)
    throw new Error(`the signal was refused: ${status} ${JSON.stringify(answer)}`);
  return answer.signal_id;
}

export async function storyOf(platform: Platform, id: string): Promise<readonly Event[]> {
  const { status, body } = await platform.get<{ events: Event[] }>(`/api/why/${id}`);
  return status === 200 ? body.events : [];
}

/** The first event of `type` in the story of `id`, once it is there. */
export async function eventOf(
  platform: Platform,
  id: string,
  type: string | RegExp,
): Promise<Event> {
  let found: Event | undefined;
  const fits = (event: Event) =>
    type instanceof RegExp ? type.test(event.type) : event.type === type;
  await eventually(
    async () => (found = (await storyOf(platform, id)).find(fits)) !== undefined,
    STEP_MAX_MS,
    `${type} in the story of ${id}`,
  );
  return found as Event;
}

export const endOf = (platform: Platform, id: string): Promise<Event> =>
  eventOf(platform, id, ended);

/** Call ids of the effects, by the file that the remediation program writes: the outside counter. */
export async function effectsOf(platform: Platform): Promise<readonly string[]> {
  const text = await readFile(join(platform.home, 'effects.jsonl'), 'utf8').catch(() => '');
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => (JSON.parse(line) as { callId: string }).callId);
}
