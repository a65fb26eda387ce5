import { connect, type NatsConnection } from '@nats-io/transport-node';
import { agentDefined, allEvents, type Agent } from '@signalbox/contracts';
import {
  freePorts,
  startNatsCluster,
  startNatsServer,
  startPostgres,
  type NatsServer,
} from '@signalbox/embedded';
import { SystemClock } from '@signalbox/kernel';
import { JetStreamEventStore, provision, seed } from '@signalbox/messaging';
import { migrateReadModels } from '@signalbox/read-models';
import { natsAddress } from '@signalbox/service';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Canaried } from '../canaries/canaried.ts';
import { watch } from '../canaries/watch.ts';
import { Member } from './member.ts';

export const ENVIRONMENT = 'default';
const READY_MAX_MS = 90_000;
const LOOK_EACH_MS = 50;
const ANSWER_MAX_MS = 10_000;

export interface FleetOptions {
  /** Of its state; logs are in `logs`. */
  readonly folder: string;
  /** Apps; replicas of one are told apart by a number at the end: `agent-runner-2`. */
  readonly members: readonly string[];
  /** There before anything starts. */
  readonly agents: readonly Agent[];
  /** The environment of every app, PATH and HOME included. */
  readonly env: Readonly<Record<string, string>>;
  /** Servers of NATS, one or three; a stream has as many replicas. */
  readonly nodes?: 1 | 3;
}

type Fields = Pick<Fleet, 'url' | 'connection' | 'brokers'>;

/** NATS, PostgreSQL and apps, each in a process of its own that can be killed, woken, restarted. */
export class Fleet {
  readonly url: string;
  readonly connection: NatsConnection;
  /** The servers of NATS. */
  readonly brokers: readonly [NatsServer, ...NatsServer[]];
  readonly #members = new Map<string, Member>();
  readonly #options: Pick<FleetOptions, 'folder' | 'env'>;

  private constructor(fields: Fields, options: Pick<FleetOptions, 'folder' | 'env'>) {
    this.url = fields.url;
    this.connection = fields.connection;
    this.brokers = fields.brokers;
    this.#options = options;
  }

  /** Everything that takes part in it is stopped with `bed`. */
  static async start(options: FleetOptions, bed: AsyncDisposableStack): Promise<Fleet> {
    const { folder, nodes = 1 } = options;
    await mkdir(join(folder, 'logs'), { recursive: true });
    const { brokers, databaseUrl } = await startServers(folder, nodes, bed);
    const natsUrl = brokers.map(({ url }) => url).join(',');
    const connection = await connect({
      ...natsAddress(natsUrl),
      maxReconnectAttempts: -1,
      reconnectTimeWait: 100,
    });
    bed.defer(() => connection.close());
    await provision(connection, { replicas: nodes });
    await migrateReadModels({ url: databaseUrl, applicationName: 'signalbox/fleet' });
    await defineAgents(connection, options.agents);
    const [port = 0] = await freePorts(1);
    const settings = {
      ...options.env,
      SIGNALBOX_HOME: folder,
      SIGNALBOX_NATS_URL: natsUrl,
      SIGNALBOX_DATABASE_URL: databaseUrl,
      SIGNALBOX_PORT: String(port),
      // The key is in Stourio's variable, which counts where ours is empty.
      SIGNALBOX_API_KEY: '',
      SIGNALBOX_RATE_LIMITS: 'off',
    };
    const canaried = await Canaried.of(folder, settings);
    canaried.listen(connection);
    bed.defer(() => canaried.concludeOn(connection, databaseUrl));
    const env = canaried.envWith(settings);
    const fleet = new Fleet(
      { url: `http://127.0.0.1:${port}`, connection, brokers },
      { folder, env },
    );
    for (const name of options.members) fleet.add(name);
    // Without its parent a process stops itself, unless it sleeps.
    const wake = () => fleet.#members.forEach((member) => member.resume());
    process.once('exit', wake);
    bed.defer(async () => {
      await Promise.all([...fleet.#members.values()].map((member) => member.stop()));
      process.off('exit', wake);
    });
    await fleet.whenReady();
    return fleet;
  }

  /** One more process, which starts now. */
  add(name: string, env: Readonly<Record<string, string>> = {}): Member {
    const { folder, env: common } = this.#options;
    const member = new Member({
      name,
      env: { ...common, SIGNALBOX_INSTANCE: name, ...env },
      logFile: join(folder, 'logs', `${name}.log`),
    });
    this.#members.set(name, member);
    return member;
  }

  /** @throws Error for a name that is none of its own. */
  member(name: string): Member {
    const member = this.#members.get(name);
    if (!member) throw new Error(`no process ${name}`);
    return member;
  }

  /** @throws Error when somebody is not up in time. */
  async whenReady(): Promise<void> {
    const giveUpAt = performance.now() + READY_MAX_MS;
    for (;;) {
      const down = [...this.#members.values()].filter(({ isReady }) => !isReady);
      if (down.length === 0) return;
      if (performance.now() > giveUpAt) {
        const why = down.map((member) => `${member.name} (${member.lastWords()})`);
        throw new Error(`not up within ${READY_MAX_MS} ms: ${why.join(', ')}`);
      }
      await delay(LOOK_EACH_MS);
    }
  }

  /** A request to the edge: POST with a body, unless `method` says something else, or GET. */
  async call(path: string, sent: { body?: object; method?: string; key?: string } = {}) {
    const { body, key, method = body ? 'POST' : 'GET' } = sent;
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        'x-stourio-key': watch.valueIn('STOURIO_API_KEY'),
        'content-type': 'application/json',
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(ANSWER_MAX_MS),
    });
    watch.see(`the answer to ${method} ${path}`, await response.clone().text());
    if (response.ok) watch.used('STOURIO_API_KEY');
    return response;
  }
}

async function startServers(
  folder: string,
  nodes: 1 | 3,
  bed: AsyncDisposableStack,
): Promise<Pick<Fleet, 'brokers'> & { readonly databaseUrl: string }> {
  const [brokers, postgres] = await Promise.all([
    startBrokers(join(folder, 'nats'), nodes),
    startPostgres({ dataDir: join(folder, 'postgres'), durable: false }),
  ]);
  bed.defer(async () => {
    await Promise.all([...brokers, postgres].map((server) => server.stop()));
  });
  return { brokers, databaseUrl: postgres.url };
}

async function startBrokers(folder: string, nodes: 1 | 3): Promise<Fleet['brokers']> {
  if (nodes === 1) return [await startNatsServer({ storeDir: folder })];
  const { servers } = await startNatsCluster({ dir: folder, size: nodes });
  return servers as [NatsServer, ...NatsServer[]];
}

async function defineAgents(connection: NatsConnection, agents: readonly Agent[]): Promise<void> {
  const store = new JetStreamEventStore({
    connection,
    env: ENVIRONMENT,
    definitions: allEvents,
    clock: new SystemClock(),
    source: 'fleet',
  });
  for (const agent of agents) {
    const ref = { aggregate: 'agent', id: agent.id };
    await seed(store, ref, agentDefined.of({ agent }), 'service:fleet');
  }
}
