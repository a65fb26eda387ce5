import { newId } from '@signalbox/kernel';
import { eventually } from '@signalbox/testing';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Answer, Edge } from './edge.ts';

/** An event as `GET /api/why/{id}` tells it. */
export interface Event {
  readonly type: string;
  readonly aggregate_id: string;
  readonly actor: string;
  readonly data: Record<string, unknown>;
}

/** Longer than a gateway’s or runner’s death takes to be noticed (30 s), on a slow machine too. */
const STEP_MAX_MS = 120_000;
const UNAVAILABLE = 503;
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

/** Sent again for as long as the edge says that it could not be stored. */
export async function sendSignal(edge: Pick<Edge, 'post'>, body: unknown): Promise<string> {
  const headers = { 'idempotency-key': newId() };
  const { status, body: answer } = await whenKnown(() =>
    edge.post<{ signal_id: string }>('/api/webhook', body, headers),
  );
  if (status !== 202)
    throw new Error(`the signal was refused: ${status} ${JSON.stringify(answer)}`);
  return answer.signal_id;
}

/** What diagnose_repair needs to repair something. */
const tools = ['runbooks__search_files', 'runbooks__read_text_file', 'execute_remediation'];

/**
 * Once diagnose_repair has its tools: a run keeps to those that are there when it begins, and a server
 * of tools may take longer to be up than the gateway waits for it.
 */
export async function whenEquipped(edge: Pick<Edge, 'get'>): Promise<void> {
  const path = '/api/audit?type=tool.registered&limit=500';
  await eventually(
    async () => {
      const { status, body } = await edge.get<readonly Event[]>(path);
      const names = status === 200 ? body.map(({ aggregate_id: name }) => name) : [];
      return tools.every((tool) => names.includes(tool));
    },
    STEP_MAX_MS,
    tools.join(', '),
  );
}

/** What a person says to a request for approval. @returns 200, 202 for what is stored, or a refusal. */
export async function answerApproval(
  edge: Pick<Edge, 'post'>,
  approvalId: string,
  approved: boolean,
): Promise<number> {
  const path = `/api/approvals/${approvalId}`;
  return (await whenKnown(() => edge.post(path, { approved }))).status;
}

/** 503 says that nobody knows, as on a machine that stood still: it is asked again. */
function whenKnown<T>(ask: () => Promise<Answer<T>>): Promise<Answer<T>> {
  return eventually(
    async () => {
      const answer = await ask();
      return answer.status !== UNAVAILABLE && answer;
    },
    STEP_MAX_MS,
    'an answer of the edge',
  );
}

export async function storyOf(edge: Pick<Edge, 'get'>, id: string): Promise<readonly Event[]> {
  const { status, body } = await edge.get<{ events: Event[] }>(`/api/why/${id}`);
  return status === 200 ? body.events : [];
}

/** The first event of `type` in the story of `id`, once it is there. */
export async function eventOf(
  edge: Pick<Edge, 'get'>,
  id: string,
  type: string | RegExp,
): Promise<Event> {
  let found: Event | undefined;
  const fits = (event: Event) =>
    type instanceof RegExp ? type.test(event.type) : event.type === type;
  await eventually(
    async () => (found = (await storyOf(edge, id)).find(fits)) !== undefined,
    STEP_MAX_MS,
    `${type} in the story of ${id}`,
  );
  return found as Event;
}

export const endOf = (edge: Pick<Edge, 'get'>, id: string): Promise<Event> =>
  eventOf(edge, id, ended);

/** Call ids of the effects, by the file that the remediation program writes: the outside counter. */
export async function effectsOf({ home }: { readonly home: string }): Promise<readonly string[]> {
  const text = await readFile(join(home, 'effects.jsonl'), 'utf8').catch(() => '');
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => (JSON.parse(line) as { callId: string }).callId);
}
