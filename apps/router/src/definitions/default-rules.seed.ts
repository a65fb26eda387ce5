import { ruleDefined } from '@signalbox/contracts';
import { seed, type EventStore } from '@signalbox/messaging';
import { defaultRules } from '@signalbox/rules';

/** Puts the default safety rules into a log that never had them. */
export async function seedDefaultRules(store: EventStore): Promise<void> {
  await Promise.all(
    defaultRules.map((rule) =>
      seed(store, { aggregate: 'rule', id: rule.id }, ruleDefined.of({ rule }), 'service:router'),
    ),
  );
}
