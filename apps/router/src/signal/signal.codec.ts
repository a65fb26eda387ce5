import { SIGNAL_SCHEMA, type Signal, signalSchema } from '@signalbox/contracts';
import { AppError, isDeeperThan, parse } from '@signalbox/kernel';
import { asToken, headerNames, type ReceivedMessage } from '@signalbox/messaging';
import { foreignSignalOf } from './foreign-signal.ts';

/** Deeper JSON is taken for an attack on whoever walks it. */
const DEPTH_MAX = 100;
/** As JSON. What follows from a signal repeats it, with more around it, in events and commands. */
const SIGNAL_BYTES_MAX = 160 * 1024;

/**
 * The signal in a message of the SIGNALS stream, ours or anybody's.
 * @throws AppError `invalid`, naming the field, `too_large`.
 */
export function signalOf(message: ReceivedMessage): Signal {
  const body = jsonOf(message.bytes);
  const signal =
    message.headers[headerNames.dataSchema] === SIGNAL_SCHEMA
      ? ownSignalOf(message, body)
      : foreignSignalOf(message, body);
  const bytes = Buffer.byteLength(JSON.stringify(signal));
  if (bytes <= SIGNAL_BYTES_MAX) return signal;
  throw new AppError({
    code: 'signal_too_large',
    kind: 'too_large',
    message: `signal: has ${bytes} bytes, at most ${SIGNAL_BYTES_MAX} are taken`,
  });
}

/** Who sent it and what it is has to be what the subject says: that is what permissions guard. */
function ownSignalOf({ subject }: ReceivedMessage, body: unknown): Signal {
  const signal = parse(signalSchema, body, 'signal');
  const [, , source, type] = subject.split('.');
  if (asToken(signal.source) !== source) throw foreign('source', subject);
  if (asToken(signal.type) !== type) throw foreign('type', subject);
  return signal;
}

function foreign(field: 'source' | 'type', subject: string): AppError {
  const problem = `is not the one of its subject, ${subject}`;
  return new AppError({
    code: 'signal_not_of_its_subject',
    kind: 'invalid',
    message: `signal: ${field}: ${problem}`,
    fields: [{ field, problem }],
  });
}

function jsonOf(bytes: Uint8Array): unknown {
  let body: unknown;
  try {
    body = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw malformed(`the body is not JSON: ${String(cause)}`, cause);
  }
  if (isDeeperThan(DEPTH_MAX, body)) throw malformed(`the body nests deeper than ${DEPTH_MAX}`);
  return body;
}

function malformed(problem: string, cause?: unknown): AppError {
  return new AppError({
    code: 'malformed_json',
    kind: 'invalid',
    message: `signal: ${problem}`,
    fields: [{ field: '', problem }],
    cause,
  });
}
