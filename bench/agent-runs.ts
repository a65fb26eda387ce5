import type { NatsConnection } from '@nats-io/transport-node';
import {
  agentDefined,
  agentSchema,
  allEvents,
  executionCompleted,
  executionFailed,
  executionHalted,
  startAgent,
} from '@signalbox/contracts';
import { deriveId, newId, SystemClock, type MessageContext } from '@signalbox/kernel';
import {
  headerNames,
  JetStreamCommandBus,
  JetStreamEventStore,
  NO_EVENTS,
  subjectsOf,
} from '@signalbox/messaging';
import type { ChildProcess } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { benchSteps, benchTool } from './config.ts';
import { startApp, startProgram } from './programs.ts';
import { temporaryFolder, type Broker } from './servers.ts';

const AGENT = 'bench';
const RUN_LIMIT_MS = 300_000;
const common = { env: 'default', clock: new SystemClock(), source: 'signalbox/bench' };

/** Begins a run; resolves once its last event is on disk, and fails when that is no completion. */
export type RunAgent = (epoch?: number) => Promise<void>;

export interface AgentRuns {
  readonly run: RunAgent;
  /** The process that carries them. */
  readonly runner: ChildProcess;
}

/**
 * The real agent-runner and gateway, each a process, beside a tool that is instant.
 * @param modelUrl of a model that speaks OpenAI's chat completions; an instant one when absent.
 */
export async function startAgentRuns(
  bed: AsyncDisposableStack,
  broker: Broker,
  modelUrl?: string,
): Promise<AgentRuns> {
  const settings = { SIGNALBOX_NATS_URL: broker.url };
  const folder = await temporaryFolder(bed);
  const config = join(folder, 'gateway.yaml');
  await writeFile(config, `policy: { allow: [{ caller: ${AGENT}, tools: [${benchTool}] }] }\n`);
  const instant = () => startProgram(bed, join(import.meta.dirname, 'instant-model.program.ts'));
  const url = modelUrl ?? (await instant()).url;
  await defineAgent(await broker.connect());
  await startApp(bed, 'tool-gateway', {
    ...settings,
    SIGNALBOX_GATEWAY_CONFIG: config,
    SIGNALBOX_HOME: folder,
  });
  const { child: runner } = await startApp(bed, 'agent-runner', {
    ...settings,
    SIGNALBOX_MODEL_BASE_URL: url,
    SIGNALBOX_AGENT_MODEL: 'instant',
  });
  const ended = followEnds(await broker.connect());
  const bus = new JetStreamCommandBus({ ...common, connection: await broker.connect() });
  const run = async (epoch = 0) => {
    const signalId = newId();
    const executionId = deriveId(signalId, 'execution');
    const isEnded = ended(executionId);
    await bus.send(commandFor(signalId, executionId), {
      id: signalId,
      context: contextOf(signalId, epoch),
    });
    await isEnded;
  };
  return { run, runner };
}

const contextOf = (id: string, epoch = 0): MessageContext => ({
  correlationId: id,
  causationId: id,
  actor: 'service:bench',
  epoch,
});

function commandFor(signalId: string, executionId: string) {
  return startAgent.of({
    agent: AGENT,
    executionId,
    signalId,
    objective: 'See whether all is well.',
    input: { labels: { service: 'checkout' } },
    riskLevel: 'low',
    approvalRequired: false,
  });
}

async function defineAgent(connection: NatsConnection): Promise<void> {
  const store = new JetStreamEventStore({ ...common, connection, definitions: allEvents });
  const agent = agentSchema.parse({
    id: AGENT,
    name: 'Bench',
    role: 'You look at metrics.',
    tools: [benchTool],
    stepsMax: benchSteps + 1,
  });
  const ref = { aggregate: 'agent', id: AGENT };
  await store.append(ref, NO_EVENTS, [agentDefined.of({ agent })], contextOf(newId()));
}

/** Reads only the types of what comes by, so that who measures takes little of the machine. */
function followEnds(connection: NatsConnection): (executionId: string) => Promise<void> {
  const waiting = new Map<string, PromiseWithResolvers<void>>();
  connection.subscribe(subjectsOf(common.env).aggregates('execution'), {
    callback: (_, { subject, headers }) => {
      const type = headers?.get(headerNames.type);
      const ended = waiting.get(subject.split('.').at(-1) ?? '');
      if (type === executionCompleted.type) ended?.resolve();
      if (type === executionFailed.type || type === executionHalted.type) {
        ended?.reject(new Error(`a run ended with ${type}`));
      }
    },
  });
  return async (executionId) => {
    const ended = Promise.withResolvers<void>();
    waiting.set(executionId, ended);
    const late = setTimeout(
      () => ended.reject(new Error(`run ${executionId} did not end in ${RUN_LIMIT_MS} ms`)),
      RUN_LIMIT_MS,
    );
    await ended.promise.finally(() => {
      clearTimeout(late);
      waiting.delete(executionId);
    });
  };
}
