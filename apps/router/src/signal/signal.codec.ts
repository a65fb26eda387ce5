import { SIGNAL_BYTES_MAX, SIGNAL_SCHEMA, type Signal } from '@signalbox/contracts';
import { AppError, isDeeperThan } from '@signalbox/kernel';
import { headerNames, type ReceivedMessage } from '@signalbox/messaging';
import { foreignSignalOf } from './foreign-signal.ts';
import { ownSignalOf } from './own-signal.ts';

/** Deeper JSON is taken for an attack on whoever walks it. */
const DEPTH_MAX = 100;

/**
 * The signal in a message of the SIGNALS stream, ours or anybody's.
 * @throws AppError `invalid`, naming the field, `too_large`.
 */
export function signalOf(message: ReceivedMessage): Signal {
  const body = jsonOf(message);
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

/** Undefined for a CloudEvent of binary mode that has no data. */
function jsonOf({ bytes, headers }: ReceivedMessage): unknown {
  if (bytes.length === 0 && headers[headerNames.specVersion] !== undefined) return undefined;
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
