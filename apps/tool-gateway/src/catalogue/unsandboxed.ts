import { programsUnsandboxed, type ProgramsUnsandboxed } from '@signalbox/contracts';
import { newId, ownStory, type Clock } from '@signalbox/kernel';
import { execute, type EventStore } from '@signalbox/messaging';
import type { GatewayConfig } from '../gateway-config/gateway-config.schema.ts';
import type { Confinement } from '../gateway-config/sandbox.schema.ts';
import type { Toolbox } from '../tools/toolbox.ts';
import { saidOnce } from './said-once.decider.ts';

/** The programs that run as the gateway does, where a sandbox can be had and where none can. */
export function unsandboxedPrograms(
  { upstreams, remediation }: Pick<GatewayConfig, 'upstreams' | 'remediation'>,
  canConfine: boolean,
): readonly string[] {
  const isBare = ({ unsandboxed }: Confinement) =>
    unsandboxed === true || (unsandboxed === 'if-needed' && !canConfine);
  const bare = Object.entries(upstreams).flatMap(([name, { stdio }]) =>
    stdio && isBare(stdio) ? [`upstreams.${name}`] : [],
  );
  const hasPrograms = Object.values(remediation?.commands ?? {}).some(({ argv }) => argv);
  return [
    ...bare,
    ...(remediation && hasPrograms && isBare(remediation) ? ['remediation'] : []),
  ].toSorted();
}

const decider = saidOnce<ProgramsUnsandboxed>({ programs: [] });

/** As `recordUnsandboxed`, of what this configuration means on this machine. */
export async function recordConfinement(
  gateway: GatewayConfig,
  { sandbox, store, clock }: Pick<Toolbox, 'sandbox' | 'clock'> & { readonly store: EventStore },
): Promise<void> {
  // As long as that cannot be told nothing runs without one.
  const canConfine = (await sandbox.obstacle().catch(() => undefined)) === undefined;
  await recordUnsandboxed(store, clock, unsandboxedPrograms(gateway, canConfine));
}

/** Says on the audit stream which programs run without a sandbox, unless that was said last. */
export async function recordUnsandboxed(
  store: EventStore,
  clock: Clock,
  programs: readonly string[],
): Promise<void> {
  const command = programsUnsandboxed.of({ programs: [...programs] });
  const context = ownStory(newId(clock.now()), 'service:tool-gateway');
  await execute(store, decider, { aggregate: 'gateway', id: 'programs' }, { command, context });
}
