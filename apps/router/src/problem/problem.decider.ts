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

/**
 * Reports of an episode that are counted one by one. Each is an event, and a router that has just
 * started reads all of a problem: ten a second for a day would not fit into its memory.
 */
const COUNTED_EACH_MAX = 10_000;
/** Of what comes beyond them one is counted in this time, which tells that it goes on. */
const COUNTED_EVERY_MS = 60_000;

/** How a signal stands to its problem. */
export type Standing =
  /** It has to be decided by itself. */
  | { readonly kind: 'decide' }
  /** This very fact was reported before, and is decided. */
  | ({ readonly kind: 'known' } & Repeat)
  /** The problem is open, and the decision on its first signal stands for this one. */
  | ({ readonly kind: 'grouped'; readonly with: string } & Repeat)
  /** The problem was over before this could be decided. */
  | { readonly kind: 'over' };

interface Repeat {
  /** Present while it is not counted, because the episode's first signal may have no decision. */
  readonly undecided?: Episode;
}

/** A signal as it came in. */
export interface Report {
  readonly signal: Signal;
  /** The report, as `reportName` names it, that opened the episode and is waited for no longer. */
  readonly insteadOf?: string;
}

/** What came in together, in order, and which signals are known to be decided. */
export interface Reports {
  readonly reports: readonly Report[];
  readonly decided: Pick<ReadonlySet<string>, 'has'>;
}

/**
 * Whether reports, in the order in which they came, are news. A problem that was not reported for
 * `quietMs` is not open any more. The rules with their reasons are in docs/guides/problems.md.
 */
export function problemDecider(quietMs: number): Decider<ProblemState, Reports, ProblemEvent> {
  const whileFiring = (report: Report, state: ProblemState, isDecided: boolean) => {
    const { signal } = report;
    if (isOver(signal, state)) return [];
    const { episode } = state;
    if (episode === undefined || isNews(signal, episode, quietMs)) return [opened(signal)];
    if (report.insteadOf === reportName(episode)) return [opened(signal)];
    // Not yet: it comes again, and again, until that is known, and is to be counted once.
    return isDecided && !isCounted(signal, episode) ? [repeated(signal, episode.count + 1)] : [];
  };
  return {
    initialState: () => noProblem,
    decide: ({ reports, decided }, before) => {
      let state = before;
      return reports.flatMap((report) => {
        const isDecided = decided.has(state.episode?.signalId ?? '');
        const events =
          report.signal.status === 'resolved'
            ? atEnd(report.signal, state)
            : whileFiring(report, state, isDecided);
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
  if (reportName(episode) === reportName(reportOf(report))) return { kind: 'decide' };
  const repeat = isCounted(report, episode) ? {} : { undecided: episode };
  return episode.signalId === report.id
    ? { kind: 'known', ...repeat }
    : { kind: 'grouped', with: episode.signalId, ...repeat };
}

/** Or need not be, because so many were. What was counted comes behind a decision. */
function isCounted(report: Signal, { counted, count, isOpen, lastSeenAt }: Episode): boolean {
  if (counted.includes(reportName(reportOf(report)))) return true;
  const sinceMs = Date.parse(report.receivedAt) - lastSeenAt;
  return isOpen && count >= COUNTED_EACH_MAX && sinceMs < COUNTED_EVERY_MS;
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
