import { connect } from '@nats-io/transport-node';
import { freePorts, startNatsServer, startPostgres } from '@signalbox/embedded';
import { natsAddress } from '@signalbox/service';
import { eventually } from '@signalbox/testing';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Canaried } from '../canaries/canaried.ts';
import { newValue } from '../canaries/canary.ts';
import { watch } from '../canaries/watch.ts';
import { Edge } from '../edge.ts';
import { Member } from '../fleet/member.ts';
import { signalbox } from '../signalbox.ts';
import {
  answerApproval,
  effectsOf,
  eventOf,
  sendSignal,
  slowCheckout,
  storyOf,
  whenEquipped,
  type Event,
} from '../stories.ts';

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
  let ports: readonly number[];

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
    ports = await freePorts(2);
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
    await whenEquipped(edge(0));
  });
  afterAll(() => bed.disposeAsync());

  /** Now the one, now the other. */
  const edge = (nth: number) => new Edge(`http://127.0.0.1:${ports[nth % 2]}`, API_KEY);

  it('GTW-1, GTW-6: each signal is decided once and remedied once, whoever of two takes it', async () => {
    const ended = await Promise.all(
      Array.from({ length: SIGNALS }, async (_, nth) => {
        // What one accepted, both know.
        const [one, other] = [edge(nth), edge(nth + 1)];
        const id = await sendSignal(one, slowCheckout(`Checkout is slow, ${nth}`));
        const { aggregate_id: approval } = await eventOf(one, id, 'approval.requested');
        await answerApproval(other, approval, true);
        await eventOf(one, id, 'execution.completed');
        return storyOf(one, id);
      }),
    );
    const count = (story: readonly Event[], type: string) =>
      story.filter((event) => event.type === type).length;
    for (const story of ended) {
      expect(count(story, 'decision.made')).toBe(1);
      expect(count(story, 'execution.completed')).toBe(1);
    }
    expect(await effectsOf({ home: folder })).toHaveLength(SIGNALS);
  });
});
