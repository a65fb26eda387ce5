import {
  type DecisionMade,
  type Signal,
  type SignalEvent,
  startAgent,
  startWorkflow,
} from '@signalbox/contracts';
import { AppError, causedBy, type Command, deriveId, type RecordedEvent } from '@signalbox/kernel';
import type { SendOptions } from '@signalbox/messaging';
import type { History } from '../conversation/history.ts';

export interface FollowUp {
  readonly command: Command;
  readonly options: SendOptions;
}

/** A signal and what was decided on it. */
export interface Story {
  readonly signal: Signal;
  readonly decision: RecordedEvent<DecisionMade>;
}

/** @throws AppError `bug` when the log has no decision. */
export function storyOf(events: readonly RecordedEvent<SignalEvent>[]): Story {
  const decision = events.find((event) => event.type === 'decision.made');
  const received = events.find((event) => event.type === 'signal.received');
  if (decision && received) return { signal: received.data.signal, decision };
  throw new AppError({
    code: 'signal_without_decision',
    kind: 'bug',
    message: `The log of signal ${events[0]?.record.aggregateId} has no decision.`,
  });
}

/**
 * What has to be done because of a recorded decision; the same command, with the same id,
 * however often it is asked for. Undefined when the decision was to run nothing.
 * @param history what had been said in the signal's conversation when it was decided.
 */
export function followUpOf({ signal, decision }: Story, history?: History): FollowUp | undefined {
  const command = commandOf(signal, decision.data, history);
  if (command === undefined) return undefined;
  return {
    command,
    options: {
      id: deriveId(signal.id, 'start'),
      context: { ...causedBy(decision.record, 'service:router'), correlationId: signal.id },
    },
  };
}

function commandOf(
  signal: Signal,
  decision: DecisionMade['data'],
  history: History | undefined,
): Command | undefined {
  const { target, executionId, riskLevel, approvalRequired } = decision;
  if (decision.outcome !== 'run' || target === undefined || executionId === undefined) return;
  const start = {
    executionId,
    signalId: signal.id,
    input: { ...inputOf(signal), ...(history && { conversation: history }) },
    riskLevel,
    approvalRequired,
    source: signal.source,
  };
  return target.kind === 'agent'
    ? startAgent.of({ ...start, agent: target.agent, objective: target.objective })
    : startWorkflow.of({ ...start, workflow: target.workflow, objective: signal.title });
}

/** What the source said, without how it reached us. */
function inputOf(signal: Signal) {
  const { source, type, title, severity, status, labels, startsAt, payload } = signal;
  return {
    source,
    type,
    title,
    ...(severity === undefined ? {} : { severity }),
    status,
    labels,
    startsAt,
    payload,
  };
}
