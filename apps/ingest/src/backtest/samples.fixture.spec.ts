import { ruleSchema, signalSchema, type Rule, type Signal } from '@signalbox/contracts';
import { newId } from '@signalbox/kernel';

export const ruleOf = (about: Partial<Rule>): Rule =>
  ruleSchema.parse({ id: newId(), name: 'r', pattern: 'cpu', action: 'hard_reject', ...about });

export const signalOf = (about: Partial<Signal> = {}): Signal => {
  const id = newId();
  const at = new Date().toISOString();
  return signalSchema.parse({
    id,
    source: 'spec',
    type: 'alert',
    title: 'High CPU on web-1',
    fingerprint: id,
    startsAt: at,
    receivedAt: at,
    payload: {},
    raw: {
      sha256: `sha256:${'0'.repeat(64)}`,
      bytes: 2,
      contentType: 'application/json',
      deliveryId: id,
    },
    signature: 'unsigned',
    ...about,
  });
};

/** A line of the answer. */
export interface Line {
  readonly progress?: { readonly read: number; readonly changed: number; readonly done: number };
  readonly changed?: Readonly<Record<string, unknown>>;
  readonly summary?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly code: string; readonly message: string };
}
