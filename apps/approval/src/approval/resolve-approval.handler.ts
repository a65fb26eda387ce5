import { Injectable } from '@nestjs/common';
import { controlHalted, GLOBAL_SCOPE, type resolveApproval } from '@signalbox/contracts';
import {
  AppError,
  causedBy,
  Clock,
  type DataOf,
  type JsonObject,
  type ReceivedCommand,
} from '@signalbox/kernel';
import { CommandBus, EventStore, execute } from '@signalbox/messaging';
import { approvalDecider, type ApprovalState } from './approval.decider.ts';
import { settle } from './settlement.ts';

@Injectable()
export class ResolveApprovalHandler {
  constructor(
    private readonly store: EventStore,
    private readonly bus: CommandBus,
    private readonly clock: Clock,
  ) {}

  /**
   * Answers `{approval_id, execution_id, status}`.
   * @throws AppError `missing` approval_not_found, `conflict` approval_already_resolved or
   * approval_stale, `gone` approval_expired or approval_withdrawn, `forbidden` approver_not_a_person.
   */
  async handle(command: ReceivedCommand<DataOf<typeof resolveApproval>>): Promise<JsonObject> {
    const { approvalId, approved, note } = command.data;
    const ref = { aggregate: 'approval', id: approvalId };
    const asked = (await this.store.read(ref, { fresh: true })).events[0];
    const { id, actor: by } = command;
    const haltedAt = approved ? await this.lastHalt() : 0;
    const { state } = await execute(this.store, approvalDecider, ref, {
      command: { type: 'resolve', id, approved, note, by, now: this.clock.now(), haltedAt },
      // The answer belongs to the story of the signal, whatever the person's tool thinks it began.
      context: {
        ...causedBy(command, by),
        correlationId: asked?.record.correlationId ?? command.correlationId,
      },
      fresh: true,
    });
    await settle(this.bus, state, command);
    return answerOf(state);
  }

  /** Its audit sequence, from the leader: a watch may not have heard of it yet. */
  private async lastHalt(): Promise<number> {
    const ref = { aggregate: 'control', id: GLOBAL_SCOPE };
    const { events } = await this.store.read(ref, { fresh: true });
    return events.findLast(({ type }) => type === controlHalted.type)?.record.sequence ?? 0;
  }
}

function answerOf(state: ApprovalState): JsonObject {
  if (state.status !== 'granted' && state.status !== 'rejected') {
    throw new AppError({
      code: 'approval_expired',
      kind: 'gone',
      message: 'Approval expired. Target state assumed mutated. Action auto-rejected.',
    });
  }
  const { approvalId, executionId } = state.request;
  return { approval_id: approvalId, execution_id: executionId, status: state.status };
}
