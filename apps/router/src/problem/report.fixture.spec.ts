import { ownSignalId, problemIdOf, type Signal } from '@signalbox/contracts';
import { idAt } from '@signalbox/kernel';
import { aSignal } from '../signal/signal.fixture.spec.ts';

const BEGIN = Date.parse('2026-11-01T10:00:00.000Z');

/** Seconds after the beginning of the tests' time. */
export const at = (seconds: number): string => new Date(BEGIN + seconds * 1_000).toISOString();

interface About extends Partial<Signal> {
  /** When it came in. */
  readonly seen: number;
  /** When the source says that it began; the source does not tell when absent. */
  readonly start?: number;
  /** Which of the deliveries that came in then. */
  readonly delivery?: string;
}

/**
 * A report on one problem, with ids as our intake gives them: of a source that tells when a problem
 * began the same fact has the same id, of any other each report is a signal of its own.
 */
export function aReport({ seen, start, delivery = '', ...about }: About): Signal {
  const source = about.source ?? 'alertmanager';
  const deliveryId = idAt(new Date(at(seen)), 'delivery', delivery);
  const { id: _, ...signal } = aSignal({
    problemId: problemIdOf(source, 'f1'),
    startsAtKnown: start !== undefined,
    ...about,
    startsAt: at(start ?? seen),
    receivedAt: at(seen),
  });
  const report = { ...signal, raw: { ...signal.raw, deliveryId } };
  return { id: ownSignalId(report), ...report };
}
