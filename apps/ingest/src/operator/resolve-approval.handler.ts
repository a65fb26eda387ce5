import { Injectable } from '@nestjs/common';
import { resolveApproval, ulid } from '@signalbox/contracts';
import { AppError, asAppError, Clock, newId, parse, type Actor } from '@signalbox/kernel';
import { CommandBus } from '@signalbox/messaging';
import { ControlWatch } from '@signalbox/service';
import { z } from 'zod';
import { orUnavailable } from './or-unavailable.ts';

/** How long a person waits for the answer before the command goes on without them. */
const ANSWER_WAIT_MS = 5_000;

const answerSchema = z.object({
  approval_id: z.string(),
  execution_id: z.string(),
  status: z.enum(['granted', 'rejected']),
});

export interface Resolution {
  readonly approvalId: string;
  readonly approved: boolean;
  readonly note: string | undefined;
}

export type Resolved =
  | { readonly status: 'granted' | 'rejected'; readonly executionId: string }
  /** Durable, but the approval service has not answered in time. */
  | { readonly status: 'pending' };

@Injectable()
export class ResolveApprovalHandler {
  constructor(
    private readonly bus: CommandBus,
    private readonly control: ControlWatch,
    private readonly clock: Clock,
  ) {}

  /**
   * @throws AppError `missing`, `conflict` when it was resolved before or nothing may run, `gone`
   * when it expired, `unavailable` when it is not known that the answer is durable.
   */
  async handle(resolution: Resolution, actor: Actor): Promise<Resolved> {
    if (!ulid.safeParse(resolution.approvalId).success) throw noSuchApproval(resolution.approvalId);
    // The gateway would refuse the action: to call it approved and executed would be a lie.
    if (resolution.approved && this.control.state() === 'halted') throw halted();
    return orUnavailable(this.ask(resolution, actor), {
      code: 'answer_not_recorded',
      message: 'It is not known whether your answer was stored. Give it again.',
    });
  }

  private async ask({ approvalId, approved, note }: Resolution, actor: Actor): Promise<Resolved> {
    const command = resolveApproval.of({ approvalId, approved, ...(note ? { note } : {}) });
    const id = newId(this.clock.now());
    const context = { correlationId: id, causationId: id, actor, epoch: this.control.epoch };
    try {
      const answer = await this.bus.request(command, { id, context, waitMs: ANSWER_WAIT_MS });
      const { status, execution_id } = parse(answerSchema, answer, 'answer of approval');
      return { status, executionId: execution_id };
    } catch (error) {
      if (asAppError(error).code === 'no_answer_yet') return { status: 'pending' };
      throw error;
    }
  }
}

function halted(): AppError {
  return new AppError({
    code: 'halted',
    kind: 'conflict',
    message: 'System is halted. Kill switch is active. Nothing can be approved before a resume.',
  });
}

function noSuchApproval(id: string): AppError {
  return new AppError({
    code: 'approval_not_found',
    kind: 'missing',
    message: `There is no approval ${id}.`,
  });
}
