import { allEvents } from '@signalbox/contracts';
import { InMemoryBlobStore, InMemoryEventStore, listenLocally } from '@signalbox/testing';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { destinationList, Destinations } from '../http/destinations.ts';
import { OutgoingHttp } from '../http/outgoing-http.ts';
import { Redactor } from '../secrets/redactor.ts';
import { Secrets } from '../secrets/secrets.ts';
import { Sandbox } from './sandbox.ts';
import type { Toolbox } from './toolbox.ts';

interface Answer {
  readonly code?: number;
  readonly body?: unknown;
  readonly headers?: object;
}

export interface Received {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Stands in for a vendor's HTTP API: keeps what it gets, and answers as it is told. */
export interface Peer {
  readonly origin: string;
  readonly received: Received[];
  /** `lost` breaks the connection off instead. */
  answer: Answer | ((received: Received) => Answer | 'lost' | Promise<Answer>);
  close(): void;
}

export async function startPeer(): Promise<Peer> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const { method = '', headers } = request;
    const body = (await Array.fromAsync(request)).join('');
    const asked = { method, url: new URL(request.url ?? '', peer.origin), headers, body };
    received.push(asked);
    const given = typeof peer.answer === 'function' ? await peer.answer(asked) : peer.answer;
    if (given === 'lost') return request.socket.destroy();
    const { code = 200, body: answer = {}, headers: answered = {} } = given;
    response.writeHead(code, { 'content-type': 'application/json', ...answered });
    response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
  });
  const { origin, stop } = await listenLocally(server);
  const peer: Peer = { origin, received, answer: {}, close: stop };
  return peer;
}

/** The time is always 2026-01-01T12:00:00Z. */
export function toolboxFor(
  {
    allow = [],
    env = {},
    bwrap = '/nowhere/bwrap',
    folder = '/',
  }: {
    readonly allow?: readonly string[];
    readonly env?: object;
    readonly bwrap?: string;
    readonly folder?: string;
  },
  redactor = new Redactor(),
): Toolbox {
  const http = new OutgoingHttp({ destinations: new Destinations(destinationList.parse(allow)) });
  return {
    http,
    secrets: new Secrets({ env: { ...env }, folder, redactor, http }),
    redactor,
    sandbox: new Sandbox(bwrap),
    clock: { now: () => new Date('2026-01-01T12:00:00Z') },
    store: new InMemoryEventStore({ definitions: allEvents }),
    blobs: new InMemoryBlobStore(),
    folder,
  };
}

export const call = () => ({ callId: 'CALL1', signal: new AbortController().signal });
