import {
  type DecisionMade,
  type Signal,
  signalReceived,
  type SignalEvent,
  startAgent,
  startWorkflow,
} from '@signalbox/contracts';
import { AppError, causedBy, type Command, deriveId, type RecordedEvent } from '@signalbox/kernel';
import type { SendOptions } from '@signalbox/messaging';

export interface FollowUp {
  readonly command: Command;
  readonly options: SendOptions;
}

/**
 * What has to be done because of a recorded decision; the same command, with the same id,
 * however often it is asked for. Undefined when the decision was to run nothing.
 */
export function followUpOf(events: readonly RecordedEvent<SignalEvent>[]): FollowUp | undefined {
  const decision = events.find((event) => event.type === 'decision.made');
  const received = events.find((event) => event.type === signalReceived.type);
  if (decision?.type !== 'decision.made' || received?.type !== 'signal.received') {
    throw new AppError({
      code: 'signal_without_decision',
      kind: 'bug',
      message: `The log of signal ${events[0]?.record.aggregateId} has no decision.`,
    });
  }
  const { signal } = received.data;
  const command = commandOf(signal, decision.data);
  if (command === undefined) return undefined;
  return {
    command,
    options: {
      id: deriveId(signal.id, 'start'),
      context: { ...causedBy(decision.record, 'service:router'), correlationId: signal.id },
    },
  };
}

function commandOf(signal: Signal, decision: DecisionMade['data']): Command | undefined {
  const { target, executionId, riskLevel, approvalRequired } = decision;
  if (decision.outcome !== 'run' || target === undefined || executionId === undefined) return;
  const start = {
    executionId,
    signalId: signal.id,
    input: inputOf(signal),
    riskLevel,
    approvalRequired,
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
