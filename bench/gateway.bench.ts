import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import type { NatsConnection } from '@nats-io/transport-node';
import { allEvents, invokeTool, type toolRegistered } from '@signalbox/contracts';
import { newId, SystemClock, type EventOf, type MessageContext } from '@signalbox/kernel';
import { JetStreamCommandBus, JetStreamEventStore } from '@signalbox/messaging';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { callRate, inTurns, median, percentile, type Bench } from './measure.ts';
import { startApp } from './programs.ts';
import { startBroker, temporaryFolder, type Broker } from './servers.ts';

const ROUNDS = 3;
const ROUND_MS = 3_000;
const SERIAL_CALLS = 300;
const IN_FLIGHT = 100;
const WAIT_MS = 30_000;
const CALLER = 'bench';
/** Of the official server that only answers. */
const TOOL = 'everything__echo';
const ARGUMENTS = { message: 'hello' };
const common = { env: 'default', clock: new SystemClock(), source: 'signalbox/bench' };

type Call = () => Promise<unknown>;

/** A tool of a real MCP server, called through the gateway and directly. */
export const gateway: Bench = async (bed) => {
  const direct = await directCalls(bed);
  const through = await callsThroughGateway(bed, await startBroker(bed));
  await callRate({ inFlight: IN_FLIGHT, durationMs: ROUND_MS }, () => through);
  const serial = await inTurns(ROUNDS, {
    direct: () => latencies(direct),
    through: () => latencies(through),
  });
  const rates = await inTurns(ROUNDS, {
    direct: () => callRate({ inFlight: IN_FLIGHT, durationMs: ROUND_MS }, () => direct),
    through: () => callRate({ inFlight: IN_FLIGHT, durationMs: ROUND_MS }, () => through),
  });
  const [before, after] = [serial.direct.flat(), serial.through.flat()];
  const callsPerS = median(rates.through);
  return {
    value: callsPerS,
    unit: `calls/s, ${IN_FLIGHT} at once`,
    reference: 'the same call direct, calls/s',
    referenceValue: median(rates.direct),
    goal: 'added_p50_ms <= 3, calls_per_s >= 1000',
    more: {
      calls_per_s: callsPerS,
      added_p50_ms: percentile(after, 50) - percentile(before, 50),
      added_p99_ms: percentile(after, 99) - percentile(before, 99),
      direct_p50_ms: percentile(before, 50),
      direct_p99_ms: percentile(before, 99),
    },
  };
};

async function latencies(call: Call): Promise<number[]> {
  const found: number[] = [];
  while (found.length < SERIAL_CALLS) {
    const begun = performance.now();
    await call();
    found.push(performance.now() - begun);
  }
  return found;
}

function serverEntry(): string {
  return createRequire(import.meta.url).resolve(
    '@modelcontextprotocol/server-everything/dist/index.js',
  );
}

async function directCalls(bed: AsyncDisposableStack): Promise<Call> {
  const client = new Client({ name: 'bench', version: '1' });
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [serverEntry(), 'stdio'],
      stderr: 'ignore',
    }),
  );
  bed.defer(() => client.close());
  return () => client.callTool({ name: 'echo', arguments: ARGUMENTS });
}

async function callsThroughGateway(bed: AsyncDisposableStack, broker: Broker): Promise<Call> {
  const folder = await temporaryFolder(bed);
  const config = join(folder, 'gateway.yaml');
  const server = { command: process.execPath, args: [serverEntry(), 'stdio'], unsandboxed: true };
  const tools = { echo: { approval: false } };
  const upstreams = {
    everything: { stdio: server, tools, concurrency: IN_FLIGHT, queueMax: 1_000 },
  };
  const policy = { allow: [{ caller: CALLER, tools: [TOOL] }] };
  await writeFile(config, JSON.stringify({ upstreams, policy }));
  await startApp(bed, 'tool-gateway', {
    SIGNALBOX_NATS_URL: broker.url,
    SIGNALBOX_GATEWAY_CONFIG: config,
    SIGNALBOX_HOME: folder,
  });
  return caller(await broker.connect());
}

/** A call that no run has asked for: claim and outcome on disk, then the answer. */
async function caller(connection: NatsConnection): Promise<Call> {
  const store = new JetStreamEventStore({ ...common, connection, definitions: allEvents });
  const bus = new JetStreamCommandBus({ ...common, connection });
  const { events } = await store.read({ aggregate: 'tool', id: TOOL });
  const offered = events.at(-1) as EventOf<typeof toolRegistered> | undefined;
  if (!offered) throw new Error(`${TOOL} is not offered`);
  const { definitionDigest } = offered.data;
  return async () => {
    const callId = newId();
    const invocation = {
      callId,
      executionId: callId,
      tool: TOOL,
      arguments: ARGUMENTS,
      definitionDigest,
      caller: CALLER,
      replyTo: 'agent-runner' as const,
    };
    const context: MessageContext = {
      correlationId: callId,
      causationId: callId,
      actor: 'service:bench',
      epoch: 0,
    };
    const answer = await bus.request(invokeTool.of(invocation), {
      id: callId,
      context,
      waitMs: WAIT_MS,
    });
    const { status } = answer as { readonly status: string };
    if (status !== 'succeeded')
      throw new Error(`the call was not carried out: ${JSON.stringify(answer)}`);
  };
}
