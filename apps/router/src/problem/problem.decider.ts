import {
  problemOpened,
  problemRepeated,
  problemResolved,
  type ProblemEvent,
  type Signal,
} from '@signalbox/contracts';
import type { Decider } from '@signalbox/kernel';
import {
  type Episode,
  evolve,
  noProblem,
  type ProblemState,
  reportName,
  reportOf,
} from './problem.state.ts';

/** How a signal stands to its problem. */
export type Standing =
  /** It has to be decided by itself. */
  | { readonly kind: 'decide' }
  /** This very fact was reported before, and the delivery that did sees to its decision. */
  | { readonly kind: 'known' }
  /** The problem is open, and the decision on its first signal stands for this one. */
  | { readonly kind: 'grouped'; readonly with: string }
  /** The problem was over before this could be decided. */
  | { readonly kind: 'over' };

/**
 * Whether reports, in the order in which they came, are news. A problem that was not reported for
 * `quietMs` is not open any more. The rules with their reasons are in docs/guides/problems.md.
 */
export function problemDecider(
  quietMs: number,
): Decider<ProblemState, readonly Signal[], ProblemEvent> {
  const decideOne = (report: Signal, state: ProblemState): readonly ProblemEvent[] =>
    report.status === 'resolved' ? atEnd(report, state) : whileFiring(report, state, quietMs);
  return {
    initialState: () => noProblem,
    decide: (reports, before) => {
      let state = before;
      return reports.flatMap((report) => {
        const events = decideOne(report, state);
        state = events.reduce(evolve, state);
        return events;
      });
    },
    evolve,
  };
}

/** For the problem as it stands once the report is written down, or later. */
export function standingOf(report: Signal, state: ProblemState): Standing {
  const { episode } = state;
  if (report.status === 'resolved' || episode === undefined) return { kind: 'decide' };
  if (isOver(report, state)) return { kind: 'over' };
  if (episode.signalId !== report.id) return { kind: 'grouped', with: episode.signalId };
  return { kind: episode.deliveryId === report.raw.deliveryId ? 'decide' : 'known' };
}

function whileFiring(report: Signal, state: ProblemState, quietMs: number): ProblemEvent[] {
  const { episode } = state;
  if (isOver(report, state)) return [];
  if (episode === undefined || isNews(report, episode, quietMs)) return [opened(report)];
  const name = reportName(reportOf(report));
  return episode.counted.includes(name) ? [] : [repeated(report, episode.count + 1)];
}

function atEnd(report: Signal, state: ProblemState): ProblemEvent[] {
  if (isPast(report, state)) return [];
  if (state.episode?.isOpen) return [resolved(report)];
  // The end came in before the beginning: noted, so that the beginning is known to be over.
  return report.startsAtKnown ? [opened(report), resolved(report)] : [];
}

/** The signal that opened the episode has its decision; the source may take its end back, too. */
function isNews(report: Signal, episode: Episode, quietMs: number): boolean {
  if (report.id === episode.signalId) return false;
  const isQuiet = Date.parse(report.receivedAt) - episode.lastSeenAt >= quietMs;
  return !episode.isOpen || isQuiet || isLater(report, episode);
}

/** The source tells of another beginning. An earlier one than ours is of the same problem. */
function isLater(report: Signal, { startsAt }: Episode): boolean {
  return report.startsAtKnown && Date.parse(report.startsAt) > startsAt;
}

/** The signal that opened the episode is over with it; any other when it is of the past. */
function isOver(report: Signal, state: ProblemState): boolean {
  const { episode, past } = state;
  if (episode?.signalId !== report.id) return isPast(report, state);
  return !episode.isOpen && Date.parse(report.receivedAt) <= past.seenAt;
}

/** By the source's own clock, where it told the beginning of both; else by when we heard of it. */
function isPast(report: Signal, { episode, past }: ProblemState): boolean {
  if (report.id === past.signalId) return true;
  return report.startsAtKnown && episode?.isDated !== false
    ? Date.parse(report.startsAt) <= past.startsAt
    : Date.parse(report.receivedAt) <= past.seenAt;
}

function opened(report: Signal): ProblemEvent {
  const { source, fingerprint, type, title, severity, startsAt } = report;
  return problemOpened.of({
    source,
    fingerprint,
    type,
    title,
    severity,
    startsAt,
    ...reportOf(report),
  }) as ProblemEvent;
}

function repeated(report: Signal, count: number): ProblemEvent {
  return problemRepeated.of({ ...reportOf(report), count }) as ProblemEvent;
}

function resolved(report: Signal): ProblemEvent {
  return problemResolved.of(reportOf(report)) as ProblemEvent;
}
