import type { AgentOffer, ExecutionEvent, ExecutionPlan, ToolUse } from '@signalbox/contracts';
import { closestTo, type JsonObject } from '@signalbox/kernel';
import type { Run } from './execution.state.ts';

const NAME_CHARACTERS_MAX = 100;

/** What a plan wants once nothing is under way. Pure, like everything that decides. */
export type Intent =
  | { readonly kind: 'ask_model'; readonly step: number }
  | {
      readonly kind: 'use_tool';
      readonly step: number;
      readonly use: ToolUse;
      /** Absent when the plan has no such tool. */
      readonly offer: Offer | undefined;
    }
  | { readonly kind: 'finish'; readonly event: ExecutionEvent };

export interface Offer {
  readonly definitionDigest: string;
  readonly approvalRequired: boolean;
  /** JSON Schema of the arguments; absent: only the gateway knows it. */
  readonly inputSchema?: JsonObject;
}

export type Planner = (run: Run) => Intent;

/** The agent that a run may use under this name of a tool; undefined for every other tool. */
export function agentOfferOf(plan: ExecutionPlan, tool: string): AgentOffer | undefined {
  return plan.kind === 'agent' ? plan.agents.find((offer) => offer.tool === tool) : undefined;
}

/** Says which of the tools that a run has are most like the one that it asked for. */
export function unknownTool(plan: ExecutionPlan, asked: string): string {
  const said = `There is no tool ${asked.slice(0, NAME_CHARACTERS_MAX)}.`;
  if (plan.kind !== 'agent') return said;
  const names = [...plan.tools.map(({ name }) => name), ...plan.agents.map(({ tool }) => tool)];
  const near = closestTo(asked, names).join(', ');
  return near ? `${said} The closest are ${near}.` : `${said} There are none to be had.`;
}

/** What the run has to hold while it uses this tool; undefined where it needs nothing. */
export function resourceFor(plan: ExecutionPlan, tool: string): string | undefined {
  if (plan.kind !== 'agent') return undefined;
  const isHarmless = plan.tools.some(({ name, repeatable }) => repeatable && name === tool);
  return isHarmless ? undefined : plan.resource;
}
