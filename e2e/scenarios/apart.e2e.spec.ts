import { freePorts, startNatsServer, startPostgres } from '@signalbox/embedded';
import { eventually } from '@signalbox/testing';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '@nats-io/transport-node';
import { natsAddress } from '@signalbox/service';
import { newValue } from '../canaries/canary.ts';
import { Canaried } from '../canaries/canaried.ts';
import { watch } from '../canaries/watch.ts';
import { Member } from '../fleet/member.ts';
import { signalbox } from '../signalbox.ts';
import { slowCheckout, type Event } from '../stories.ts';

const API_KEY = watch.put('SIGNALBOX_API_KEY', newValue());
const PASSWORDS = {
  signalbox: watch.put('SIGNALBOX_NATS_URL', newValue('')),
  gateway: watch.put('NATS user tool-gateway', newValue('')),
};
const SIGNALS = 6;
const STEP_MAX_MS = 120_000;

/** The printed rights, pasted into a server's configuration as the guide says. */
function accountsWith(printed: string): string {
  const [exported = '', account = ''] = printed
    .replace('CHANGE ME', PASSWORDS.gateway)
    .split('# Beside it, under accounts:');
  return `accounts {
  SIGNALBOX {
    jetstream: enabled
    users: [{ user: signalbox, password: ${PASSWORDS.signalbox} }]
    ${exported}
  }
  ${account}
}`;
}

describe('services apart, two of each, on servers of one’s own', () => {
  const bed = new AsyncDisposableStack();
  let folder: string;
  let edges: readonly string[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'signalbox-apart-'));
    bed.defer(() => rm(folder, { recursive: true, force: true }));
    const printed = await signalbox(['nats-permissions', 'tool-gateway'], {});
    const [nats, postgres] = await Promise.all([
      startNatsServer({
        storeDir: join(folder, 'nats'),
        extraConfig: accountsWith(printed.output),
      }),
      startPostgres({ dataDir: join(folder, 'postgres'), durable: false }),
    ]);
    bed.defer(async () => void (await Promise.all([nats.stop(), postgres.stop()])));
    const natsUrl = (user: string, password: string) =>
      `nats://${user}:${password}@127.0.0.1:${nats.port}`;
    const servers = {
      SIGNALBOX_NATS_URL: natsUrl('signalbox', PASSWORDS.signalbox),
      SIGNALBOX_DATABASE_URL: postgres.url,
    };
    const { code, output } = await signalbox(['provision'], servers);
    if (code !== 0) throw new Error(output);

    const { PATH = '', HOME = '' } = process.env;
    const settings = { ...servers, SIGNALBOX_API_KEY: API_KEY };
    const canaried = await Canaried.of(folder, settings);
    const {
      SIGNALBOX_API_KEY: _,
      SIGNALBOX_GATEWAY_CONFIG = '',
      ...others
    } = canaried.envWith(settings);
    const itsOwn = Object.entries(others).filter(([name]) => name.startsWith('CANARY_'));
    const connection = await connect(natsAddress(servers.SIGNALBOX_NATS_URL));
    bed.defer(() => connection.close());
    canaried.listen(connection);
    bed.defer(() => canaried.concludeOn(connection, servers.SIGNALBOX_DATABASE_URL));
    const ports = await freePorts(2);
    edges = ports.map((port) => `http://127.0.0.1:${port}`);
    const begin = (name: string, env: Readonly<Record<string, string>>) =>
      new Member({ name, env: { PATH, HOME, ...env }, logFile: join(folder, `${name}.log`) });
    const members = [1, 2].flatMap((replica) => [
      ...['router', 'agent-runner', 'automation', 'approval', 'projector'].map((app) =>
        begin(`${app}-${replica}`, others),
      ),
      begin(`ingest-${replica}`, {
        ...others,
        SIGNALBOX_PORT: `${ports[replica - 1]}`,
        SIGNALBOX_API_KEY: API_KEY,
      }),
      // All that it gets: its own user on NATS, and its configuration with what that refers to.
      begin(`tool-gateway-${replica}`, {
        SIGNALBOX_NATS_URL: natsUrl('tool-gateway', PASSWORDS.gateway),
        SIGNALBOX_GATEWAY_CONFIG,
        ...Object.fromEntries(itsOwn),
        SIGNALBOX_HOME: folder,
      }),
    ]);
    bed.defer(async () => void (await Promise.all(members.map((member) => member.stop()))));
    await eventually(() => members.every(({ isReady }) => isReady), STEP_MAX_MS, 'all to be ready');
  });
  afterAll(() => bed.disposeAsync());

  async function call<T>(edge: number, path: string, body?: object): Promise<T> {
    const response = await fetch(`${edges[edge % edges.length]}${path}`, {
      method: body ? 'POST' : 'GET',
      headers: { 'x-api-key': API_KEY, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    return (await response.json()) as T;
  }

  const storyOf = async (edge: number, id: string): Promise<readonly Event[]> =>
    (await call<{ events?: Event[] }>(edge, `/api/why/${id}`)).events ?? [];

  async function eventOf(edge: number, id: string, type: string): Promise<Event> {
    const found = async () => (await storyOf(edge, id)).find((event) => event.type === type);
    await eventually(async () => (await found()) !== undefined, STEP_MAX_MS, `${type} of ${id}`);
    return (await found()) as Event;
  }

  it('GTW-1, GTW-6: each signal is decided once and remedied once, whoever of two takes it', async () => {
    const numbers = Array.from({ length: SIGNALS }, (_, index) => index);
    const ended = await Promise.all(
      numbers.map(async (edge) => {
        const signal = slowCheckout(`Checkout is slow, ${edge}`);
        const { signal_id } = await call<{ signal_id: string }>(edge, '/api/webhook', signal);
        const asked = await eventOf(edge, signal_id, 'approval.requested');
        // By the other edge: what one accepted, both know.
        await call(edge + 1, `/api/approvals/${asked.aggregate_id}`, { approved: true });
        await eventOf(edge, signal_id, 'execution.completed');
        return storyOf(edge, signal_id);
      }),
    );
    const count = (story: readonly Event[], type: string) =>
      story.filter((event) => event.type === type).length;
    for (const story of ended) {
      expect(count(story, 'decision.made')).toBe(1);
      expect(count(story, 'execution.completed')).toBe(1);
    }
    const effects = (await readFile(join(folder, 'effects.jsonl'), 'utf8')).trim().split('\n');
    expect(effects).toHaveLength(SIGNALS);
  });
});
