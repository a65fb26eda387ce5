import type { ProblemEvent, Signal } from '@signalbox/contracts';

/**
 * Reports of an episode that are remembered one by one, so as not to count one twice that is
 * delivered again. As many as a router handles at once.
 */
const REMEMBERED_MAX = 128;

/** What a source reports between a problem's beginning and its end. Times are in ms. */
export interface Episode {
  /** The signal that opened it. Its decision stands for the whole episode. */
  readonly signalId: string;
  /** The delivery that opened it: its message is not done before there is that decision. */
  readonly deliveryId: string;
  /** When that was written down; `Infinity` before it is. */
  readonly openedAt: number;
  readonly startsAt: number;
  /** False where the source did not tell when it began, and `startsAt` is when we heard of it. */
  readonly isDated: boolean;
  readonly isOpen: boolean;
  /** Reports so far. */
  readonly count: number;
  readonly lastSeenAt: number;
  /** The last ones that were counted, as `reportName` names them. */
  readonly counted: readonly string[];
}

/** How far the source's past reaches: what began, or was heard, by then, is over. Times in ms. */
export interface Past {
  readonly startsAt: number;
  readonly seenAt: number;
  /** The report that ended the last episode. */
  readonly signalId?: string;
}

export interface ProblemState {
  /** The latest one. */
  readonly episode?: Episode;
  readonly past: Past;
}

export const noProblem: ProblemState = { past: { startsAt: -Infinity, seenAt: -Infinity } };

/** What a problem's events keep of a report. */
export function reportOf({ id, raw, receivedAt }: Signal) {
  return { signalId: id, deliveryId: raw.deliveryId, seenAt: receivedAt };
}

/** What tells reports apart: a fact may come in many deliveries, and a delivery have many. */
export function reportName(report: { readonly signalId: string; readonly deliveryId: string }) {
  return `${report.signalId}.${report.deliveryId}`;
}

/** A `ProblemEvent`, recorded or about to be. */
type Written<Event> = Event & { readonly record?: { readonly time: Date } };

export function evolve(state: ProblemState, event: Written<ProblemEvent>): ProblemState {
  if (event.type === 'problem.opened') return opened(state, event);
  const { type, data } = event;
  const { episode, past } = state;
  // The first event of a problem is that it was opened.
  if (episode === undefined) return state;
  const seenAt = Date.parse(data.seenAt);
  if (type === 'problem.resolved') {
    return {
      episode: { ...episode, isOpen: false },
      past: {
        startsAt: Math.max(past.startsAt, episode.startsAt),
        seenAt: Math.max(past.seenAt, seenAt),
        signalId: data.signalId,
      },
    };
  }
  return {
    episode: {
      ...episode,
      isOpen: true,
      count: data.count,
      lastSeenAt: Math.max(episode.lastSeenAt, seenAt),
      counted: [...episode.counted.slice(1 - REMEMBERED_MAX), reportName(data)],
    },
    past: pastBefore(episode.startsAt, past),
  };
}

type Opened = Written<Extract<ProblemEvent, { type: 'problem.opened' }>>;

function opened({ episode, past }: ProblemState, { data, record }: Opened): ProblemState {
  const { signalId, deliveryId } = data;
  const startsAt = Date.parse(data.startsAt);
  const seenAt = Date.parse(data.seenAt);
  // An episode that was not heard to end has ended when the next begins.
  const ended = Math.max(past.startsAt, episode?.startsAt ?? -Infinity);
  return {
    episode: {
      signalId,
      deliveryId,
      openedAt: record?.time.getTime() ?? Infinity,
      startsAt,
      isDated: startsAt !== seenAt,
      isOpen: true,
      count: 1,
      lastSeenAt: seenAt,
      counted: [reportName(data)],
    },
    past: pastBefore(startsAt, { ...past, startsAt: ended }),
  };
}

/** What goes on is not past, also when it was said to be. */
function pastBefore(beginning: number, { startsAt, seenAt }: Past): Past {
  return { startsAt: Math.min(startsAt, beginning - 1), seenAt };
}
