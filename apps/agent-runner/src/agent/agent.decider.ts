import { agentDefined, agentDeleted, type Agent } from '@signalbox/contracts';
import {
  AppError,
  canonicalJson,
  type Decider,
  type EventOf,
  type EventRecord,
} from '@signalbox/kernel';

/** `id` is that of the message that asks; the same one twice is one change. */
interface Asked {
  readonly id: string;
  /** The version that who asks has seen, 0 for none; any when absent. */
  readonly expectedVersion?: number | undefined;
}

export type AgentCommand =
  | (Asked & { readonly type: 'define'; readonly agent: Agent })
  | (Asked & { readonly type: 'delete' });

export interface AgentState {
  /** Number of events; every one of them is kept. */
  readonly version: number;
  /** Absent before the first event, and while it is deleted. */
  readonly agent?: Agent;
  /** Ids of the messages that led here. */
  readonly carriedOut: readonly (string | undefined)[];
}

/** Recorded once it is in the log; a decision that is being made has no record yet. */
export type AgentEvent = EventOf<typeof agentDefined | typeof agentDeleted> & {
  readonly record?: EventRecord;
};

export const agentDecider: Decider<AgentState, AgentCommand, AgentEvent> = {
  initialState: () => ({ version: 0, carriedOut: [] }),

  decide(command, state) {
    if (state.carriedOut.includes(command.id)) return [];
    if (command.type === 'delete' && state.agent === undefined) throw agentNotFound();
    assertSeen(command, state);
    if (command.type === 'delete') return [agentDeleted.of({})];
    if (canonicalJson(state.agent ?? null) === canonicalJson(command.agent)) return [];
    return [agentDefined.of({ agent: command.agent })];
  },

  evolve({ version, carriedOut }, event) {
    const next = {
      version: version + 1,
      carriedOut: [...carriedOut, event.record?.causationId],
    };
    return event.type === 'agent.defined' ? { ...next, agent: event.data.agent } : next;
  },
};

/** Agents have names, not ids of their own: where one was deleted there may be a new one. */
function assertSeen({ expectedVersion }: AgentCommand, { version, agent }: AgentState): void {
  if (expectedVersion === undefined || expectedVersion === version) return;
  if (expectedVersion === 0 && agent === undefined) return;
  throw new AppError({
    code: 'agent_changed_meanwhile',
    kind: 'conflict',
    message: `The agent stands at version ${version}, not at ${expectedVersion}. Look at it again.`,
    fields: [{ field: 'version', problem: `is ${version} by now` }],
  });
}

export function agentNotFound(): AppError {
  return new AppError({
    code: 'agent_not_found',
    kind: 'missing',
    message: 'There is no such agent.',
  });
}
