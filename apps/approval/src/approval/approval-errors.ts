import { AppError, type Actor } from '@signalbox/kernel';

export function approvalNotFound(): AppError {
  return new AppError({
    code: 'approval_not_found',
    kind: 'missing',
    message: 'Approval not found.',
  });
}

export function approvalStale(): AppError {
  return new AppError({
    code: 'approval_stale',
    kind: 'conflict',
    message:
      'The kill switch was used since this was asked: the run cannot go on. Reject it, or let it expire.',
  });
}

export function approvalWasWithdrawn(reason: string): AppError {
  return new AppError({
    code: 'approval_withdrawn',
    kind: 'gone',
    message: `Nobody waits for this approval any more. ${reason}`,
  });
}

export function notAPerson(actor: Actor): AppError {
  return new AppError({
    code: 'approver_not_a_person',
    kind: 'forbidden',
    message: `Only a person may resolve an approval, not ${actor}.`,
  });
}
