import { connect } from '@nats-io/transport-node';
import { freePorts, startNatsServer } from '@signalbox/embedded';
import { provision } from '@signalbox/messaging';
import { eventually, residentBytes } from '@signalbox/testing';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Member } from '../fleet/member.ts';
import { collectGarbage, INSPECTABLE } from './collect-garbage.ts';
import type { ChurnedUpstream } from './upstreams.ts';

const SECRET = 'secret-of-the-churn';
const READY_MAX_MS = 120_000;
const ANSWER_MAX_MS = 60_000;
/** So that what runs at the beginning and at the end is the gateway alone. */
const IDLE_TIMEOUT_MS = 3_000;
const CALLS_PER_MINUTE = 10_000;

/** What a gateway takes of the machine. */
export interface Footprint {
  /** It and what it has started. */
  readonly processes: number;
  readonly openFiles: number;
  /** Resident, of the gateway alone, without its garbage. */
  readonly bytes: number;
}

/** A gateway in a process of its own, on a NATS of its own, with upstreams that can be killed. */
export class ChurnedGateway {
  readonly #member: Member;
  readonly #url: string;
  readonly #logFile: string;

  private constructor(member: Member, url: string, logFile: string) {
    this.#member = member;
    this.#url = url;
    this.#logFile = logFile;
  }

  static async start(
    folder: string,
    upstreams: readonly ChurnedUpstream[],
    bed: AsyncDisposableStack,
  ): Promise<ChurnedGateway> {
    const nats = await startNatsServer({ storeDir: join(folder, 'nats') });
    bed.defer(() => nats.stop());
    const connection = await connect({ servers: nats.url });
    await provision(connection, { replicas: 1 }).finally(() => connection.close());
    const [port = 0] = await freePorts(1);
    const file = join(folder, 'gateway.yaml');
    await writeFile(file, JSON.stringify(configurationOf(upstreams, port)));
    const env = {
      SIGNALBOX_HOME: folder,
      SIGNALBOX_NATS_URL: nats.url,
      SIGNALBOX_GATEWAY_CONFIG: file,
      EDGE_SECRET: SECRET,
      ...INSPECTABLE,
    };
    const logFile = join(folder, 'gateway.log');
    const member = new Member({ name: 'tool-gateway', env, logFile });
    bed.defer(() => member.stop());
    await eventually(() => member.isReady, READY_MAX_MS, 'the gateway');
    return new ChurnedGateway(member, `http://127.0.0.1:${port}`, logFile);
  }

  get pid(): number {
    return this.#member.pid;
  }

  /** What went wrong; absent when the tool has answered. */
  async call({ name, tool, arguments: given }: ChurnedUpstream): Promise<string | undefined> {
    const answer = await fetch(`${this.#url}/execute`, {
      method: 'POST',
      headers: { authorization: `Bearer ${SECRET}`, 'content-type': 'application/json' },
      body: JSON.stringify({ tool_name: `${name}__${tool}`, arguments: given }),
      signal: AbortSignal.timeout(ANSWER_MAX_MS),
    });
    const said = await answer.text();
    return answer.status === 200 ? undefined : `${answer.status} ${said}`;
  }

  /** SIGKILL for a server. False when it does not run just now. */
  async kill({ package: name }: ChurnedUpstream): Promise<boolean> {
    for (const pid of await this.#children()) {
      const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      if (!words.includes(`/${name}/`)) continue;
      process.kill(pid, 'SIGKILL');
      return true;
    }
    return false;
  }

  /** Once all its servers have ended because nobody used them. */
  async footprintAlone(): Promise<Footprint> {
    await eventually(async () => (await this.#children()).length === 0, READY_MAX_MS, 'idleness');
    await collectGarbage(this.pid, this.#logFile);
    return {
      processes: 1 + (await this.#children()).length,
      openFiles: (await readdir(`/proc/${this.pid}/fd`)).length,
      bytes: await residentBytes(this.pid),
    };
  }

  async #children(): Promise<readonly number[]> {
    const pids = await readFile(`/proc/${this.pid}/task/${this.pid}/children`, 'utf8');
    return pids.split(' ').filter(Boolean).map(Number);
  }
}

function configurationOf(upstreams: readonly ChurnedUpstream[], port: number): object {
  const configured = upstreams.map(({ name, package: server, script, args = [], env = {} }) => {
    const program = script === undefined ? { package: server } : { command: 'node' };
    const words = script === undefined ? args : [script, ...args];
    const stdio = { ...program, args: words, env, unsandboxed: true };
    const tools = { '*': { repeatable: true, approval: false } };
    return [name, { stdio, tools, idleTimeoutMs: IDLE_TIMEOUT_MS }] as const;
  });
  return {
    upstreams: Object.fromEntries(configured),
    edge: { port, secret: 'env:EDGE_SECRET', callsPerMinute: CALLS_PER_MINUTE },
    policy: { allow: [{ caller: 'execute', tools: ['*'] }] },
  };
}
