import { Injectable } from '@nestjs/common';
import { resolveApproval, ulid } from '@signalbox/contracts';
import { AppError, type Actor } from '@signalbox/kernel';
import { ControlWatch } from '@signalbox/service';
import { z } from 'zod';
import { ServiceRequests } from './service-requests.ts';

const answerSchema = z.object({
  approval_id: z.string(),
  execution_id: z.string(),
  status: z.enum(['granted', 'rejected']),
});

const lost = {
  code: 'answer_not_recorded',
  message: 'It is not known whether your answer was stored. Give it again.',
};

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
    private readonly requests: ServiceRequests,
    private readonly control: ControlWatch,
  ) {}

  /**
   * @throws AppError `missing`, `conflict` when it was resolved before or nothing may run, `gone`
   * when it expired or was withdrawn, `unavailable` when it is not known that the answer is durable.
   */
  async handle(resolution: Resolution, actor: Actor): Promise<Resolved> {
    if (!ulid.safeParse(resolution.approvalId).success) throw noSuchApproval(resolution.approvalId);
    // The gateway would refuse the action: to call it approved and executed would be a lie.
    if (resolution.approved && this.control.state() === 'halted') throw halted();
    const { approvalId, approved, note } = resolution;
    const command = resolveApproval.of({ approvalId, approved, ...(note ? { note } : {}) });
    const asked = await this.requests.ask(command, { actor, answer: answerSchema, lost });
    if (asked.status === 'pending') return asked;
    return { status: asked.answer.status, executionId: asked.answer.execution_id };
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
