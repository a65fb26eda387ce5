import type { ApiClient } from '../client/api-client.ts';

const PAGE_MAX = 100;

/** What the API answers about dead letters, as far as the commands read it. */
export interface DeadLetter {
  readonly sequence: number;
  readonly dead_at: string;
  readonly service: string;
  readonly code: string;
  readonly reason: string;
  readonly deliveries: number;
  readonly subject: string;
  readonly stream: string;
  readonly original_sequence: number;
  readonly stored_at: string;
  readonly bytes: number;
}

export interface DeadLetterDetail extends DeadLetter {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly body_encoding: 'utf-8' | 'base64';
}

export interface Redriven {
  readonly status: 'redriven';
  readonly sequence: number;
  readonly subject: string;
}

/** The newest ones first, at most `max` of them. */
export async function newestLetters(client: ApiClient, max: number): Promise<DeadLetter[]> {
  const found: DeadLetter[] = [];
  while (found.length < max) {
    const limit = Math.min(PAGE_MAX, max - found.length);
    const before = found.at(-1)?.sequence;
    const cursor = before === undefined ? '' : `&cursor=${before}`;
    const page = await client.call<DeadLetter[]>(`/api/dlq?limit=${limit}${cursor}`);
    found.push(...page);
    if (page.length < limit) break;
  }
  return found;
}

export function letterAt(client: ApiClient, sequence: number): Promise<DeadLetterDetail> {
  return client.call(`/api/dlq/${sequence}`);
}

export function redrive(client: ApiClient, sequence: number): Promise<Redriven> {
  return client.call(`/api/dlq/${sequence}/redrive`, { method: 'POST' });
}
