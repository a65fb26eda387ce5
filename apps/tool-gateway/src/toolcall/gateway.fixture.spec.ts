import {
  allEvents,
  approvalGranted,
  approvalRequested,
  controlHalted,
  controlResumed,
  toolRequested,
  type ApprovalAction,
  type ToolInvocation,
} from '@signalbox/contracts';
import { Leases } from '@signalbox/executions';
import {
  digestOf,
  newId,
  SystemClock,
  type Clock,
  type DomainEvent,
  type JsonObject,
  type MessageContext,
  type ReceivedCommand,
} from '@signalbox/kernel';
import type { CommandBus, EventStore } from '@signalbox/messaging';
import {
  InMemoryBlobStore,
  InMemoryEventStore,
  InMemoryRecentCounts,
  RecordingCommandBus,
} from '@signalbox/testing';
import { ToolCatalogue } from '../catalogue/tool-catalogue.ts';
import { gatewayConfigSchema } from '../gateway-config/gateway-config.schema.ts';
import { Policy } from '../policy/policy.ts';
import type { Tool, ToolResult } from '../ports/tool.port.ts';
import { Redactor } from '../secrets/redactor.ts';
import { BuiltInTools } from '../tools/built-in-tools.ts';
import { InvocationChecks } from './invocation-checks.ts';
import { InvokeToolHandler } from './invoke-tool.handler.ts';
import { ResolveCallHandler } from './resolve-call.handler.ts';
import { RunningCalls } from './running-calls.ts';
import { ToolcallLog } from './toolcall-log.ts';

export const { limits } = gatewayConfigSchema.parse({});
export const policyDigest = digestOf('the policy');
export const done: ToolResult = { status: 'succeeded', result: { done: true } };

export interface ToolUnderTest {
  readonly approvalRequired?: boolean;
  readonly repeatable?: boolean;
  readonly objectionTo?: NonNullable<Tool['objectionTo']>;
  readonly run?: Tool['run'];
}

export function toolFor({ approvalRequired = false, repeatable = false, ...rest }: ToolUnderTest) {
  return {
    definition: {
      name: 'restart',
      description: 'Restarts a service.',
      inputSchema: {
        type: 'object',
        properties: { target: { type: 'string' } },
        required: ['target'],
        additionalProperties: false,
      },
    },
    approvalRequired,
    repeatable,
    run: async () => done,
    ...rest,
  } satisfies Tool;
}

export const digestOfTool = (tool: Tool): string => digestOf(tool.definition);

export function invocationOf(tool: Tool, given: Partial<ToolInvocation> = {}): ToolInvocation {
  return {
    callId: newId(),
    tool: tool.definition.name,
    arguments: { target: 'checkout' },
    definitionDigest: digestOfTool(tool),
    executionId: newId(),
    caller: 'diagnose_repair',
    replyTo: 'agent-runner',
    ...given,
  };
}

/** What the journal of a run ends with when it has asked for a tool; the arguments matter to none here. */
export async function request(
  store: EventStore,
  { callId, executionId, tool, definitionDigest }: ToolInvocation,
): Promise<void> {
  const use = { callId, tool, arguments: {} };
  const requested = toolRequested.of({ step: 1, use, definitionDigest });
  await append(store, ['execution', executionId], requested);
}

/** A call that its run waits for. */
export async function requestedCall(
  store: EventStore,
  tool: Tool,
  given: Partial<ToolInvocation> = {},
): Promise<ToolInvocation> {
  const invocation = invocationOf(tool, given);
  await request(store, invocation);
  return invocation;
}

export const context = (epoch = 0): MessageContext => ({
  correlationId: newId(),
  causationId: newId(),
  actor: 'agent:diagnose_repair',
  epoch,
});

export function commandOf(data: ToolInvocation, epoch = 0): ReceivedCommand<ToolInvocation> {
  return { id: data.callId, data, deliveries: 1, ...context(epoch) };
}

/** As the server delivers it when nobody has settled it. */
export function redelivered(data: ToolInvocation): ReceivedCommand<ToolInvocation> {
  return { ...commandOf(data), deliveries: 2 };
}

export interface GatewayOver {
  readonly blobs?: InMemoryBlobStore;
  readonly clock?: Clock | undefined;
}

/** One gateway process; several over one store and bus are replicas, or one after a crash. */
export function gatewayOver(
  store: EventStore,
  bus: CommandBus,
  tool: Tool,
  { blobs = new InMemoryBlobStore(), clock = new SystemClock() }: GatewayOver = {},
) {
  const source = new BuiltInTools([tool]);
  const catalogue = new ToolCatalogue([source]);
  const allow = [{ caller: 'diagnose_repair', tools: ['restart'] }];
  const counts = new InMemoryRecentCounts(clock);
  const policy = new Policy({ allow }, { environment: 'test', file: '/gateway.yaml', counts });
  const leases = new Leases(store, clock);
  const checks = new InvocationChecks({ store, leases, catalogue, policy, limits });
  const running = new RunningCalls();
  const redactor = new Redactor();
  const log = new ToolcallLog(store);
  const shared = { log, bus, checks, running, limits, redactor, blobs };
  const handler = new InvokeToolHandler({ ...shared, gateway: 'g1', policyDigest });
  const resolver = new ResolveCallHandler(shared);
  return { handler, resolver, running, source, redactor, blobs, leases };
}

export function gatewayWith(given: ToolUnderTest = {}, clock?: Clock) {
  const store = new InMemoryEventStore({ definitions: allEvents });
  const bus = new RecordingCommandBus();
  const tool = toolFor(given);
  return { store, bus, tool, ...gatewayOver(store, bus, tool, { clock }) };
}

export async function append(
  store: EventStore,
  ref: readonly [string, string],
  event: DomainEvent,
) {
  const [aggregate, id] = ref;
  const { head } = await store.read({ aggregate, id });
  const appended = await store.append({ aggregate, id }, head, [event], context());
  return appended.head.sequence;
}

export const halt = (store: EventStore) =>
  append(store, ['control', 'global'], controlHalted.of({ reason: 'test' }));
export const resume = (store: EventStore) =>
  append(store, ['control', 'global'], controlResumed.of({ reason: 'test' }));

export const typesOf = async (store: EventStore, callId: string) =>
  (await store.read({ aggregate: 'toolcall', id: callId })).events.map((event) => event.type);

/** An approval of exactly this call, but for what `given` says. */
export async function approvalOf(
  store: EventStore,
  { callId, tool, arguments: argumentsGiven, definitionDigest, executionId }: ToolInvocation,
  given: {
    readonly arguments?: JsonObject;
    readonly callId?: string;
    readonly executionId?: string;
    readonly granted?: boolean;
  } = {},
): Promise<string> {
  const approvalId = newId();
  const action: ApprovalAction = {
    kind: 'tool',
    callId: given.callId ?? callId,
    tool,
    arguments: given.arguments ?? argumentsGiven,
    definitionDigest,
  };
  const actionDigest = digestOf(action);
  const requested = approvalRequested.of({
    approvalId,
    executionId: given.executionId ?? executionId,
    signalId: newId(),
    action,
    description: 'Restart checkout',
    riskLevel: 'high',
    replyTo: 'agent-runner',
    actionDigest,
    expiresAt: '2026-01-01T00:05:00Z',
  });
  await append(store, ['approval', approvalId], requested);
  if (given.granted === false) return approvalId;
  const granted = approvalGranted.of({ by: 'person:ops', actionDigest });
  await append(store, ['approval', approvalId], granted);
  return approvalId;
}
