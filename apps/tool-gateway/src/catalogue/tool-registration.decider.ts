import type { ToolRegistered } from '@signalbox/contracts';
import { canonicalJson, type Decider } from '@signalbox/kernel';

/** What the audit stream last said of a tool; nothing is said twice. */
export const toolRegistrationDecider: Decider<
  ToolRegistered['data'] | undefined,
  ToolRegistered,
  ToolRegistered
> = {
  initialState: () => undefined,
  decide: (event, last) =>
    last && canonicalJson(last) === canonicalJson(event.data) ? [] : [event],
  evolve: (_, event) => event.data,
};
