import { headers, type NatsConnection } from '@nats-io/nats-core';

interface Foreign {
  readonly body: string;
  readonly names: Record<string, string>;
  /** In the first line of the headers, where the server writes its own. */
  readonly status?: number;
}

/** What strangers may put on the audit stream: nothing that one of our writers would. */
const foreign: readonly Foreign[] = [
  { body: 'zz', names: {} },
  { body: '{}', names: { 'ce-type': 'control.resumed' } },
  { body: '', names: { 'ce-id': 'x', 'signalbox-version': '1', 'signalbox-schema-version': '99' } },
  { body: '\xff\n', names: { 'signalbox-version': '2' } },
  { body: '', names: { 'Nats-Sequence': '1', 'Nats-Subject': 'x', 'Nats-Num-Pending': '0' } },
  { body: '', names: {}, status: 404 },
  { body: 'x', names: {}, status: 503 },
  { body: '', names: {}, status: 503 },
  { body: '', names: {}, status: 100 },
  { body: '', names: {}, status: 409 },
];
export const foreignKinds = foreign.length;
let published = 0;

/** Publishes another kind of foreign message each time. */
export async function publishForeign(connection: NatsConnection, subject: string): Promise<void> {
  const { body = '', names = {}, status = 0 } = foreign[published++ % foreign.length] ?? {};
  const all = headers(status, status ? 'odd' : '');
  for (const [name, value] of Object.entries(names)) all.set(name, value);
  const answer = await connection.request(subject, body, { headers: all, timeout: 30_000 });
  const { error } = answer.json<{ error?: unknown }>();
  if (error !== undefined) throw new Error(JSON.stringify(error));
}
