import { Injectable } from '@nestjs/common';
import { cancelAgent, cancelWorkflow } from '@signalbox/contracts';
import type { Run } from '@signalbox/executions';
import { AppError, type Actor } from '@signalbox/kernel';
import { z } from 'zod';
import { ServiceRequests } from '../operator/service-requests.ts';
import { outcomeOf, runOf, statusOf } from './execution-answer.ts';
import { ExecutionLog } from './execution-log.ts';

const lost = {
  code: 'cancel_not_recorded',
  message:
    'It is not known whether the order to end the execution was stored. Look, and try again.',
};

@Injectable()
export class CancelExecutionHandler {
  constructor(
    private readonly log: ExecutionLog,
    private readonly requests: ServiceRequests,
  ) {}

  /**
   * Asks the service that has the run, and looks what became of it: it may have ended otherwise in
   * the same moment. `pending` when the order is durable and not yet carried out.
   * @throws AppError `missing`, `conflict` naming how it ended, `unavailable`.
   */
  async handle(id: string, reason: string, actor: Actor): Promise<'cancelled' | 'pending'> {
    const run = runOf(await this.log.read(id));
    if (run.end) throw hasEnded(id, run);
    const definition = run.plan.kind === 'agent' ? cancelAgent : cancelWorkflow;
    const order = definition.of({ executionId: id, reason });
    await this.requests.ask(order, { actor, answer: z.unknown(), lost });
    const after = runOf(await this.log.read(id));
    if (!after.end) return 'pending';
    if (!isCancelled(after)) throw hasEnded(id, after);
    return 'cancelled';
  }
}

function isCancelled({ end }: Run): boolean {
  return end?.event.type === 'execution.failed' && end.event.data.reason === 'cancelled';
}

function hasEnded(id: string, run: Run): AppError {
  return new AppError({
    code: 'execution_ended',
    kind: 'conflict',
    message: `Execution ${id} has ended: ${statusOf(run)}, ${outcomeOf(run)}`,
  });
}
