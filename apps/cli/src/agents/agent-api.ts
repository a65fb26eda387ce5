import { asAppError } from '@signalbox/kernel';
import type { ApiClient } from '../client/api-client.ts';

/** What the agents API answers, as far as the commands read it. */

/** What a person decides about an agent. */
export interface AgentFields {
  readonly name: string;
  readonly role: string;
  readonly description: string | null;
  readonly input_schema: object | null;
  readonly tools: readonly string[];
  readonly agents: readonly string[];
  readonly models: readonly { readonly provider: string; readonly model: string }[];
  readonly max_steps: number;
  readonly deadline_ms: number | null;
  readonly budget: { readonly tokens?: number; readonly usd?: number } | null;
  readonly resource: string | null;
}

export interface ApiAgent extends AgentFields {
  readonly id: string;
  readonly version: number;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface AgentVersion {
  readonly version: number;
  readonly change: 'created' | 'changed' | 'deleted';
  readonly by: string;
  readonly at: string;
  readonly agent: AgentFields | null;
}

/** Instead of the agent when it was not confirmed in time. */
export interface PendingAgent {
  readonly status: 'pending';
  readonly message: string;
  readonly agent_id: string;
}

export const agentPath = (id: string) => `/api/agents/${encodeURIComponent(id)}`;

/** Undefined where there is none of that id. */
export async function findAgent(api: ApiClient, id: string): Promise<ApiAgent | undefined> {
  try {
    return await api.call<ApiAgent>(agentPath(id));
  } catch (error) {
    if (asAppError(error).kind === 'missing') return undefined;
    throw error;
  }
}
