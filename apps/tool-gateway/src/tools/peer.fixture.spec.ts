import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { destinationList, Destinations } from '../http/destinations.ts';
import { OutgoingHttp } from '../http/outgoing-http.ts';
import { Redactor } from '../secrets/redactor.ts';
import { Secrets } from '../secrets/secrets.ts';
import type { Toolbox } from './toolbox.ts';

interface Received {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Stands in for a vendor's HTTP API: keeps what it gets, and answers as it is told. */
export interface Peer {
  readonly origin: string;
  readonly received: Received[];
  answer: { readonly code?: number; readonly body?: unknown; readonly headers?: object };
  close(): void;
}

export async function startPeer(): Promise<Peer> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const { method = '', headers } = request;
    const body = (await Array.fromAsync(request)).join('');
    received.push({ method, url: new URL(request.url ?? '', peer.origin), headers, body });
    const { code = 200, body: answer = {}, headers: answered = {} } = peer.answer;
    response.writeHead(code, { 'content-type': 'application/json', ...answered });
    response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const peer: Peer = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    answer: {},
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  return peer;
}

/** The time is always 2026-01-01T12:00:00Z. */
export function toolboxFor(
  { allow = [], env = {} }: { readonly allow?: readonly string[]; readonly env?: object },
  redactor = new Redactor(),
): Toolbox {
  return {
    http: new OutgoingHttp({ destinations: new Destinations(destinationList.parse(allow)) }),
    secrets: new Secrets({ env: { ...env }, folder: '/', redactor }),
    clock: { now: () => new Date('2026-01-01T12:00:00Z') },
  };
}

export const call = () => ({ callId: 'CALL1', signal: new AbortController().signal });
