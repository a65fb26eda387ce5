import type { NatsConnection } from '@nats-io/nats-core';
import { jetstreamManager } from '@nats-io/jetstream';
import { Controller, Module, type DynamicModule } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { allEvents, resolveApproval, signalSchema, type Signal } from '@signalbox/contracts';
import type { NatsServer, PostgresServer } from '@signalbox/embedded';
import { AppError, SystemClock, type DataOf, type ReceivedCommand } from '@signalbox/kernel';
import { JetStreamEventFeed, JetStreamEventStore, OnCommand } from '@signalbox/messaging';
import { connectPostgres } from '@signalbox/postgres';
import { migrateReadModels, ReadModelWriter } from '@signalbox/read-models';
import { loadPlatformConfig, PlatformModule, startService } from '@signalbox/service';
import type { RunningService } from '@signalbox/service';
import { startEmbeddedTestNats, startEmbeddedTestPostgres } from '@signalbox/testing';
import { setTimeout as delay } from 'node:timers/promises';
import { start } from './main.ts';
import { assertDocumented } from './openapi/documented.fixture.spec.ts';

export const KEY = 'the-key';

/** What the approval service answers for these ids. */
export const approvals = {
  pending: '01KAJ1X0000000000000000001',
  resolved: '01KAJ1X0000000000000000002',
  expired: '01KAJ1X0000000000000000003',
  silent: '01KAJ1X0000000000000000004',
  unknown: '01KAJ1X0000000000000000005',
} as const;
export const EXECUTION = '01KAJ1X0000000000000000009';

type Resolve = ReceivedCommand<DataOf<typeof resolveApproval>>;

/** Stands in for the approval service, with an answer of each kind. */
@Controller()
class ApprovalStandIn {
  @OnCommand(resolveApproval)
  async onResolve(@Payload() { data, actor }: Resolve): Promise<unknown> {
    const { approvalId, approved, note } = data;
    switch (approvalId) {
      case approvals.pending:
        if (note !== 'because' || actor !== 'person:operator') throw new Error('lost on the way');
        return {
          approval_id: approvalId,
          execution_id: EXECUTION,
          status: approved ? 'granted' : 'rejected',
        };
      case approvals.resolved:
        throw refusal('conflict', 'approval_already_resolved', 'It was granted before.');
      case approvals.expired:
        throw refusal(
          'gone',
          'approval_expired',
          'Approval expired. Target state assumed mutated. Action auto-rejected.',
        );
      case approvals.silent:
        await delay(7_000);
        return null;
      default:
        throw refusal('missing', 'approval_not_found', 'There is no such approval.');
    }
  }
}

function refusal(kind: 'conflict' | 'gone' | 'missing', code: string, message: string): AppError {
  return new AppError({ kind, code, message });
}

@Module({})
class ApprovalStandInModule {
  static register(env: Record<string, string>): DynamicModule {
    const platform = { service: 'approval', events: allEvents, config: loadPlatformConfig(env) };
    return {
      module: ApprovalStandInModule,
      imports: [PlatformModule.register(platform)],
      controllers: [ApprovalStandIn],
    };
  }
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

export interface Call {
  readonly method?: string;
  readonly body?: unknown;
  /** Undefined leaves a header of the default out. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

/** The edge over a real NATS and a real Postgres, with a projector that runs when it is told. */
export interface Bench {
  readonly nats: NatsServer;
  readonly postgres: PostgresServer;
  readonly connection: NatsConnection;
  /** Its name in subjects. */
  readonly env: string;
  readonly store: JetStreamEventStore;
  call(path: string, call?: Call): Promise<Answer>;
  /** Everything on the stream SIGNALS, in order. */
  signals(): Promise<readonly Signal[]>;
  project(): Promise<void>;
  /** The value of a metric without labels; NaN when there is none. */
  metric(name: string): Promise<number>;
  /** A further edge with other settings. The bench stops it, if it is still there. */
  another(env: Record<string, string>): Promise<RunningService>;
  stop(): Promise<void>;
}

export async function startBench(): Promise<Bench> {
  const nats = await startEmbeddedTestNats();
  const postgres = await startEmbeddedTestPostgres();
  const { connection } = nats;
  await migrateReadModels({ url: postgres.url, applicationName: 'spec' });
  const env = {
    SIGNALBOX_NATS_URL: nats.url,
    SIGNALBOX_ENV: nats.env,
    SIGNALBOX_DATABASE_URL: postgres.url,
    SIGNALBOX_API_KEY: KEY,
    SIGNALBOX_PORT: '0',
    SIGNALBOX_LOG_LEVEL: 'error',
    SIGNALBOX_RATE_LIMITS: 'off',
  };
  const edges: RunningService[] = [];
  const another = async (changed: Record<string, string>): Promise<RunningService> => {
    const started = await start({ ...env, ...changed });
    let stopped: Promise<void> | undefined;
    const edge = { ...started, stop: () => (stopped ??= started.stop()) };
    edges.push(edge);
    return edge;
  };
  const edge = await another({});
  const approval = await startService({
    service: 'approval',
    module: ApprovalStandInModule.register(env),
    config: loadPlatformConfig(env),
  });
  const events = { connection, env: nats.env, definitions: allEvents };
  return {
    nats: nats.server,
    postgres: postgres.server,
    connection,
    env: nats.env,
    store: new JetStreamEventStore({ ...events, clock: new SystemClock(), source: 'spec' }),
    call: (path, call) => callEdge(`${edge.url}${path}`, call),
    signals: () => readSignals(connection),
    project: () => projectAll(postgres.url, new JetStreamEventFeed(events)),
    metric: async (name) => {
      const answer = await fetch(`${edge.url}/metrics`, { headers: { 'x-stourio-key': KEY } });
      const line = (await answer.text()).split('\n').find((text) => text.startsWith(`${name} `));
      return Number(line?.slice(name.length) ?? Number.NaN);
    },
    another,
    stop: async () => {
      await Promise.all(edges.map((each) => each.stop()));
      await approval.stop();
      await nats.stop();
      await postgres.stop();
    },
  };
}

export async function callEdge(url: string, call: Call = {}): Promise<Answer> {
  const { method = 'GET', body, headers } = call;
  const given = { 'content-type': 'application/json', 'x-stourio-key': KEY, ...headers };
  const sent = Object.entries(given).filter((entry): entry is [string, string] => !!entry[1]);
  const response = await fetch(url, {
    method,
    headers: sent,
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const answered = (await response.json()) as Record<string, unknown>;
  assertDocumented({ method, path: new URL(url).pathname }, response.status, answered);
  return { status: response.status, headers: response.headers, body: answered };
}

async function readSignals(connection: NatsConnection): Promise<readonly Signal[]> {
  const manager = await jetstreamManager(connection);
  const { state } = await manager.streams.info('SIGNALS');
  const found: Signal[] = [];
  for (let seq = state.first_seq; seq <= state.last_seq && seq > 0; seq++) {
    const message = await manager.streams.getMessage('SIGNALS', { seq });
    if (message) found.push(signalSchema.parse(message.json()));
  }
  return found;
}

async function projectAll(url: string, feed: JetStreamEventFeed): Promise<void> {
  const postgres = connectPostgres({ url, schema: 'signalbox', applicationName: 'spec' });
  const writer = new ReadModelWriter(postgres);
  let position = await writer.position();
  const following = await feed.follow({
    after: position,
    handle: async (events, reached) => {
      position = await writer.write(position, events, reached);
    },
  });
  await Promise.race([following.whenCaughtUp(), following.whenStopped()]);
  await following.stop();
  await postgres.close();
}
