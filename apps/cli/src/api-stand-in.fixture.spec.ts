import { listenLocally } from '@signalbox/testing';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { loadClientConfig } from './config.ts';
import { buildProgram, runProgram } from './program.ts';

type Reply = readonly [status: number, body: unknown];
export type Routes = Readonly<Record<string, Reply>>;

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** Lines that others took the place of. */
  readonly passing: readonly string[];
  /** `POST /api/x {…}` */
  readonly asked: readonly string[];
}

export interface ApiStandIn {
  /** Runs a command line against what the API answers, on a screen so wide if there is one. */
  run(args: readonly string[], routes: Routes, columns?: number): Promise<Ran>;
  stop(): Promise<void>;
}

/** Stands in for the HTTP API, whose own tests hold it to what is answered here. */
export async function startApiStandIn(): Promise<ApiStandIn> {
  let routes: Routes = {};
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    const route = `${request.method} ${request.url}`;
    asked.push(`${route} ${await text(request)}`.trim());
    const [status, body] = routes[route] ?? [500, {}];
    response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  const { origin, stop } = await listenLocally(server);
  return {
    run: async (args, given, columns) => {
      routes = given;
      asked.length = 0;
      const out: string[] = [];
      const err: string[] = [];
      const passing: string[] = [];
      const env = { SIGNALBOX_URL: origin, SIGNALBOX_API_KEY: 'k', SIGNALBOX_HOME: '/nowhere' };
      const context = {
        terminal: {
          line: (line: string) => void out.push(line),
          error: (line: string) => void err.push(line),
          progress: (line: string) => void passing.push(line),
          paint: (_tone: unknown, painted: string) => painted,
          ...(columns === undefined ? {} : { columns }),
        },
        env,
        config: (other?: string) => loadClientConfig(env, other),
        readInput: async () => new Uint8Array(),
        lines: async function* () {},
        now: () => new Date('2026-11-21T05:10:00.000Z'),
      };
      const code = await runProgram(buildProgram(context), args, context);
      return { code, out: out.join('\n'), err: err.join('\n'), passing, asked: [...asked] };
    },
    stop,
  };
}
