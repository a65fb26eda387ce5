import type { CelInput } from '@bufbuild/cel';
import type { Signal } from '@signalbox/contracts';
import type { Json } from '@signalbox/kernel';
import type { View } from '../text/signal-text.ts';

/** What an expression over a signal may name. */
export const SIGNAL_VARIABLES = [
  'signal',
  'payload',
  'labels',
  'severity',
  'text',
  'commands',
] as const;

/** What expressions see of a signal, as JSON and as CEL takes it. */
export interface CelVariables {
  readonly plain: Readonly<Record<string, Json>>;
  readonly values: Record<string, CelInput>;
}

export function celVariablesOf(signal: Signal, views: readonly View[]): CelVariables {
  const { source, type, title, severity, status, labels, fingerprint, startsAt, payload } = signal;
  const known = { source, type, title, status, labels, fingerprint, startsAt };
  const textOf = (name: View['name']) => views.find((view) => view.name === name)?.text ?? '';
  const plain = {
    signal: severity === undefined ? known : { ...known, severity },
    payload,
    labels,
    severity: severity ?? '',
    text: textOf('raw'),
    commands: textOf('commands'),
  };
  let values: Record<string, CelInput> | undefined;
  return {
    plain,
    get values() {
      values ??= celInputs(plain);
      return values;
    },
  };
}

export function celInputs(plain: Readonly<Record<string, Json>>): Record<string, CelInput> {
  return Object.fromEntries(Object.entries(plain).map(([name, value]) => [name, celOf(value)]));
}

/** With maps for objects, which CEL would make anew at each look, and by its own rules. */
function celOf(value: Json): CelInput {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(celOf);
  return new Map(
    Object.entries(value).map(([name, member]: [string, Json]) => [name, celOf(member)]),
  );
}
