import { decisionMade, type DecisionMade } from '@signalbox/contracts';
import type { Standing } from './problem.decider.ts';

/** What becomes of a signal whose problem says it all; undefined when it has to be decided. */
export function decisionBy(standing: Standing): DecisionMade | undefined {
  switch (standing.kind) {
    case 'grouped':
      return decisionMade.of({
        ...nothingRuns,
        outcome: 'grouped',
        groupedWith: standing.with,
        message: `The problem was open already: what was decided for signal ${standing.with} stands.`,
      }) as DecisionMade;
    case 'over':
      return decisionMade.of({
        ...nothingRuns,
        outcome: 'answer',
        message: 'The problem was over at its source before this was decided, nothing to do.',
      }) as DecisionMade;
    case 'decide':
    case 'known':
      return undefined;
  }
}

const nothingRuns = { by: 'problem' as const, riskLevel: 'low' as const, trace: [] };
