import { ownSignalId, problemIdOf, type Signal, signalSchema } from '@signalbox/contracts';
import { AppError, parse } from '@signalbox/kernel';
import { asToken, headerNames, type ReceivedMessage } from '@signalbox/messaging';

/** The one source whose signals belong to conversations. */
const CHAT = 'chat';

/**
 * A signal in our own shape, without the request's body. Whoever may publish on a source's subjects
 * can write one, so nothing in it may reach beyond that source: not the name of another, nor the id
 * of its signal or problem, nor somebody's conversation.
 * @throws AppError `invalid`, naming the field.
 */
export function ownSignalOf({ subject, headers }: ReceivedMessage, content: unknown): Signal {
  const signal = parse(signalSchema, content, 'signal');
  const [, , source, type] = subject.split('.');
  if (asToken(signal.source) !== source) throw foreign('source', `its subject, ${subject}`);
  if (asToken(signal.type) !== type) throw foreign('type', `its subject, ${subject}`);
  if (signal.id !== headers[headerNames.id]) throw foreign('id', `its header ${headerNames.id}`);
  // Whether the source named an event the signal does not tell; either id is of its source alone.
  const ids = [ownSignalId(signal), ownSignalId(signal, { isNamed: true })];
  if (!ids.includes(signal.id)) throw foreign('id', 'what it says');
  const problemId = problemIdOf(signal.source, signal.fingerprint);
  if (![undefined, problemId].includes(signal.problemId)) {
    throw foreign('problemId', 'its source and fingerprint');
  }
  if (signal.conversationId !== undefined && signal.source !== CHAT) {
    throw foreign('conversationId', `a signal of ${CHAT}`);
  }
  const { body: _, ...raw } = signal.raw;
  return { ...signal, raw };
}

function foreign(field: keyof Signal, owner: string): AppError {
  const problem = `is not the one of ${owner}`;
  return new AppError({
    code: 'signal_not_its_own',
    kind: 'invalid',
    message: `signal: ${field}: ${problem}`,
    fields: [{ field, problem }],
  });
}
