import { ofType } from '../../fleet/audit-log.ts';
import { storiesOf, type Check } from './evidence.ts';

/** Every signal that was accepted has exactly one decision. */
export const signalsDecided: Check = (evidence) => {
  const stories = storiesOf(evidence, 'signal');
  return evidence.accepted.flatMap((id) => {
    const decisions = ofType(stories.get(id) ?? [], 'decision.made').length;
    if (decisions === 1) return [];
    return [{ check: 'decision', id, says: `${decisions} decisions` }];
  });
};

/** What was decided to run was begun. */
export const runsBegun: Check = (evidence) => {
  const begun = storiesOf(evidence, 'execution');
  return ofType(evidence.events, 'decision.made').flatMap(({ data, record }) => {
    if (data.executionId === undefined || begun.has(data.executionId)) return [];
    const says = `run ${data.executionId} was decided and never begun`;
    return [{ check: 'run', id: record.aggregateId, says }];
  });
};

/** Nothing waits in the work queue, and nothing was given up. */
export const nothingLeft: Check = ({ deadLetters, commandsLeft }) => [
  ...deadLetters.map((says) => ({ check: 'dead letter', id: '', says })),
  ...(commandsLeft === 0
    ? []
    : [{ check: 'queue', id: '', says: `${commandsLeft} commands wait` }]),
];
