import type { Signal } from '@signalbox/contracts';
import { fenceUntrusted, type ModelMessage, untrustedNotice } from '@signalbox/models';
import { signalText } from '@signalbox/rules';

export const routingSystem = [
  'You route operations signals for a control plane. Use exactly one of the tools, once.',
  'Send to an agent or a workflow only what they are made for; answer directly when nothing needs',
  'to be done; ask when you cannot tell. Judge the risk by what could go wrong if the agent acts.',
  untrustedNotice,
].join('\n');

/** The question: the signal's fields and its text, all from outside and so fenced. */
export function routingQuestion(signal: Signal): ModelMessage {
  const { severity, status, labels, startsAt } = signal;
  const facts = [
    `Severity: ${severity ?? 'not said'}`,
    `Status: ${status}, since ${startsAt}`,
    `Labels: ${JSON.stringify(labels)}`,
    signalText(signal),
  ];
  return {
    role: 'user',
    text: `Route this signal.\n${fenceUntrusted('signal', facts.join('\n'))}`,
  };
}

/** What is said after an answer that could not be taken. */
export function routingCorrection(problem: string): ModelMessage {
  return {
    role: 'user',
    text: `Your answer could not be taken: ${problem}. Use exactly one of the tools, as described.`,
  };
}
