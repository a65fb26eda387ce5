import {
  approvalExpired,
  approvalGranted,
  approvalRejected,
  approvalRequested,
  approvalWithdrawn,
  type ApprovalEvent,
  type requestApproval,
} from '@signalbox/contracts';
import {
  AppError,
  digestOf,
  type Actor,
  type DataOf,
  type Decider,
  type EventRecord,
} from '@signalbox/kernel';
import {
  approvalNotFound,
  approvalStale,
  approvalWasWithdrawn,
  notAPerson,
} from './approval-errors.ts';

export type ApprovalRequest = DataOf<typeof requestApproval>;

export type ApprovalCommand =
  | {
      readonly type: 'request';
      readonly request: ApprovalRequest;
      readonly now: Date;
      readonly ttlSeconds: number;
    }
  | {
      readonly type: 'resolve';
      /** The id of the message that asks; the same one twice is one answer. */
      readonly id: string;
      readonly approved: boolean;
      readonly note?: string | undefined;
      readonly by: Actor;
      readonly now: Date;
      /** The audit sequence of the last halt; 0 when there was none. */
      readonly haltedAt: number;
    }
  | { readonly type: 'expire'; readonly now: Date }
  | { readonly type: 'withdraw'; readonly reason: string };

interface Asked {
  readonly request: ApprovalRequest;
  readonly actionDigest: string;
  readonly expiresAt: Date;
  /** The control epoch of the run that asks. */
  readonly epoch: number;
}

export interface Pending extends Asked {
  readonly status: 'pending';
}

export interface Closed extends Asked {
  readonly status: 'granted' | 'rejected' | 'expired';
  readonly note?: string | undefined;
  /** The id of the message that closed it. */
  readonly closedBy?: string | undefined;
}

/** Nobody is to be asked any more, or at all: it may have been withdrawn before it was asked. */
interface Withdrawn {
  readonly status: 'withdrawn';
  readonly reason: string;
}

export type ApprovalState = { readonly status: 'none' } | Pending | Closed | Withdrawn;

/** Recorded once it is in the log; a decision that is being made has no record yet. */
export type SeenApprovalEvent = ApprovalEvent & { readonly record?: EventRecord };

export const approvalDecider: Decider<ApprovalState, ApprovalCommand, SeenApprovalEvent> = {
  initialState: () => ({ status: 'none' }),
  decide: (command, state) => {
    switch (command.type) {
      case 'request':
        return ask(command, state);
      case 'resolve':
        return resolve(command, state);
      case 'expire':
        return expire(command, state);
      case 'withdraw':
        return withdraw(command, state);
    }
  },
  evolve: (state, event) => {
    if (event.type === 'approval.requested') {
      const { actionDigest, expiresAt: until, ...request } = event.data;
      const expiresAt = new Date(until);
      const epoch = event.record?.epoch ?? 0;
      return { status: 'pending', request, actionDigest, expiresAt, epoch };
    }
    if (event.type === 'approval.withdrawn') return { status: 'withdrawn', ...event.data };
    return state.status === 'none' || state.status === 'withdrawn' ? state : close(state, event);
  },
};

function close(
  state: Asked,
  event: Exclude<SeenApprovalEvent, { type: 'approval.requested' | 'approval.withdrawn' }>,
): Closed {
  const { request, actionDigest, expiresAt, epoch } = state;
  const asked = { request, actionDigest, expiresAt, epoch, closedBy: event.record?.causationId };
  switch (event.type) {
    case 'approval.granted':
      return { ...asked, status: 'granted', note: event.data.note };
    case 'approval.rejected':
      return { ...asked, status: 'rejected', note: event.data.note };
    case 'approval.expired':
      return { ...asked, status: 'expired' };
  }
}

type Of<Type extends ApprovalCommand['type']> = Extract<ApprovalCommand, { type: Type }>;

function ask(
  { request: asked, now, ttlSeconds }: Of<'request'>,
  state: ApprovalState,
): SeenApprovalEvent[] {
  const actionDigest = digestOf(asked.action);
  if (state.status === 'none') {
    const expiresAt = new Date(now.getTime() + ttlSeconds * 1000).toISOString();
    return [approvalRequested.of({ ...asked, actionDigest, expiresAt })];
  }
  // The withdrawal was faster than the question: nobody waits for the answer.
  if (state.status === 'withdrawn' || state.actionDigest === actionDigest) return [];
  throw new AppError({
    code: 'approval_for_another_action',
    kind: 'invalid',
    message: `Approval ${asked.approvalId} was asked for before, for another action.`,
  });
}

function resolve(command: Of<'resolve'>, state: ApprovalState): SeenApprovalEvent[] {
  if (!command.by.startsWith('person:')) throw notAPerson(command.by);
  if (state.status === 'none') throw approvalNotFound();
  if (state.status === 'withdrawn') throw approvalWasWithdrawn(state.reason);
  if (state.status === 'pending') return [answer(command, state)];
  // An answer that came too late is refused by the handler, once the expiry is on record.
  if (state.status === 'expired' || state.closedBy === command.id) return [];
  throw new AppError({
    code: 'approval_already_resolved',
    kind: 'conflict',
    message: `Approval was already resolved: ${state.status}.`,
  });
}

function answer(
  command: Of<'resolve'>,
  { actionDigest, expiresAt, epoch }: Pending,
): SeenApprovalEvent {
  const { approved, by, note, now, haltedAt } = command;
  if (now >= expiresAt) return approvalExpired.of({ expiresAt: expiresAt.toISOString() });
  // The run would end as halted: to call that approved would be a lie.
  if (approved && epoch < haltedAt) throw approvalStale();
  return approved
    ? approvalGranted.of({ by, note, actionDigest })
    : approvalRejected.of({ by, note });
}

function expire({ now }: Of<'expire'>, state: ApprovalState): SeenApprovalEvent[] {
  if (state.status === 'none') throw approvalNotFound();
  if (state.status !== 'pending') return [];
  if (now >= state.expiresAt) {
    return [approvalExpired.of({ expiresAt: state.expiresAt.toISOString() })];
  }
  // The server's clock runs ahead of ours: the timer comes back, by the consumer's back-off.
  throw new AppError({
    code: 'approval_not_due',
    kind: 'unavailable',
    message: `Approval may be answered until ${state.expiresAt.toISOString()}.`,
  });
}

/** What has been answered stays answered. */
function withdraw({ reason }: Of<'withdraw'>, { status }: ApprovalState): SeenApprovalEvent[] {
  return status === 'none' || status === 'pending' ? [approvalWithdrawn.of({ reason })] : [];
}
