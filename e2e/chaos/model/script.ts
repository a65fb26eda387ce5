import {
  isRouting,
  resultsIn,
  routedTo,
  textOf,
  type Asked,
  type Reply,
  type ToolCall,
} from '../../model/conversation.ts';

/** What is asked, as told from the conversation alone. */
export interface Place {
  /** Of the signal's title; 0 when there is none. */
  readonly run: number;
  /** How many tool results the conversation holds. */
  readonly results: number;
  readonly asks: 'router' | 'agent' | 'helper';
}

export const AGENT = 'chaos_agent';
/** Used by the other one as a tool. */
export const HELPER = 'chaos_helper';
export const HELPERS_ROLE = 'You help to settle cases.';
export const titleOf = (run: number): string => `Chaos case ${run}`;
/** 0 for a title that is none of these. */
export const runIn = (text: string): number => Number(/Chaos case (\d+)/.exec(text)?.[1] ?? 0);

export function placeOf(asked: Asked): Place {
  const text = textOf(asked);
  const asks = isRouting(asked) ? 'router' : text.includes(HELPERS_ROLE) ? 'helper' : 'agent';
  return { run: runIn(text), results: resultsIn(asked), asks };
}

/** What the run may act on only under a lease, shared with others; undefined for most runs. */
export function resourceOf(run: number): string | undefined {
  return run % 4 === 1 ? `pool-${run % 3}` : undefined;
}

/** Whether somebody cancels it. */
export const isCancelled = (run: number): boolean => run % 10 === 9;

/** How a run goes about it: the number of the run says how many steps, and of which kind. */
export function replyTo({ run, results, asks }: Place, counterUrl: string): Reply {
  if (asks === 'router') return routedTo(AGENT, `Settle ${titleOf(run)}.`);
  let before = 0;
  for (const calls of asks === 'helper' ? [[post(counterUrl, run)]] : stepsOf(run, counterUrl)) {
    if (results < before + calls.length) return { calls };
    before += calls.length;
  }
  return { text: `Case ${run} is done.` };
}

/**
 * Between two and six effects; every third run wants one that a person has to agree to, every
 * fifth one that another agent has.
 */
function stepsOf(run: number, counterUrl: string): readonly (readonly ToolCall[])[] {
  const posting = post(counterUrl, run);
  return [
    [posting],
    ...(run % 2 === 0 ? [[posting, posting]] : []),
    ...(run % 5 === 0 ? [[use(`agent__${HELPER}`, { objective: `Help with case ${run}.` })]] : []),
    ...(run % 3 === 0
      ? [[use('execute_remediation', { command: 'count', target: `case-${run}` })]]
      : []),
    [posting],
  ];
}

const post = (counterUrl: string, run: number): ToolCall =>
  use('call_api', { method: 'POST', url: `${counterUrl}/effects`, body: { run } });

const use = (name: string, given: object): ToolCall => ({ name, arguments: given });
