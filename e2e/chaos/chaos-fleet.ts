import { agentSchema } from '@signalbox/contracts';
import type { FleetOptions } from '../fleet/fleet.ts';
import { members } from './members.ts';
import { AGENT, HELPER, HELPERS_ROLE } from './model/script.ts';

/** Shorter than with a real model, so that one that says nothing costs little time. */
const MODEL_SILENCE_MS = 3_000;
const MODEL_TIMEOUT_MS = 20_000;
const APPROVAL_TTL_SECONDS = 3_600;

/** Nobody has to agree to what they do, except to a remediation. */
const agents = [
  {
    id: AGENT,
    name: 'Chaos',
    role: 'You settle cases.',
    tools: ['call_api', 'execute_remediation'],
    agents: [HELPER],
    stepsMax: 12,
    resource: '{{resource}}',
  },
  { id: HELPER, name: 'Helper', role: HELPERS_ROLE, tools: ['call_api'], stepsMax: 4 },
].map((agent) => agentSchema.parse(agent));

export interface ChaosFleetOptions {
  readonly folder: string;
  readonly modelUrl: string;
  readonly gatewayConfig: string;
  /** PATH and HOME. */
  readonly shell: Readonly<Record<string, string>>;
}

/** Everything, and how it is set up for a campaign. */
export function chaosFleet(options: ChaosFleetOptions): FleetOptions {
  const { folder, modelUrl, gatewayConfig, shell } = options;
  const env = {
    ...shell,
    SIGNALBOX_GATEWAY_CONFIG: gatewayConfig,
    SIGNALBOX_APPROVAL_TTL_SECONDS: String(APPROVAL_TTL_SECONDS),
    SIGNALBOX_MODEL_BASE_URL: modelUrl,
    SIGNALBOX_MODEL: 'chaos',
    SIGNALBOX_MODEL_SILENCE_MS: String(MODEL_SILENCE_MS),
    SIGNALBOX_MODEL_TIMEOUT_MS: String(MODEL_TIMEOUT_MS),
  };
  return { folder, members, agents, env };
}
