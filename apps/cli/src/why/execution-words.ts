import type { ExecutionEvent, LeaseEvent, ToolOutcome } from '@signalbox/contracts';
import { dim, type Line, type WordsFor } from './line.ts';
import { call, noted, planned } from './phrases.ts';
import { toolAnswer } from './tool-answer.ts';

/** What happens in a run, and to what it holds, in words. */
export const executionWords: WordsFor<ExecutionEvent | LeaseEvent> = {
  'execution.started': ({ plan, objective }) => ({
    what: 'execution',
    text: `${planned(plan)}: ${objective}`,
    tone: 'plain',
  }),
  'execution.activated': ({ runner }) => dim('activated', `by ${runner}`),
  'execution.model_call_requested': ({ step, provider, model }) =>
    dim('model asked', `step ${step}, ${provider}/${model}`),
  'execution.model_answered': ({ step, provider, model, text, toolUses, failedBefore = [] }) => ({
    what: 'model answered',
    // Else it was the one that was asked, as the line of the question says.
    text: `step ${step}${failedBefore[0] ? `, by ${provider}/${model}` : ''}${text ? `: ${text}` : ''}`,
    tone: 'plain',
    more: [
      ...failedBefore.map(
        (asked) => `${asked.provider}/${asked.model} failed before, ${asked.code}: ${asked.reason}`,
      ),
      ...toolUses.map((use) => `wants ${call(use.tool, use.arguments)}`),
    ],
  }),
  'execution.model_failed': ({ step, attempt, reason }) => ({
    what: 'model failed',
    text: `step ${step}, attempt ${attempt}: ${reason}`,
    tone: 'bad',
  }),
  'execution.budget_reached': ({ scope, unit, limit, spent, wanted }) => ({
    what: 'budget reached',
    text: `${scope}: ${spent} of ${limit} ${unit} used, ${wanted} more wanted`,
    tone: 'bad',
  }),
  'execution.lease_awaited': ({ resource, heldBy }) =>
    dim('waiting', `for ${resource}, which execution ${heldBy} holds`),
  'execution.lease_observed': ({ resource, until }) => dim('holds', `${resource} until ${until}`),
  'execution.tool_requested': ({ step, use }) => ({
    what: 'tool call',
    text: `step ${step}: ${call(use.tool, use.arguments)}`,
    tone: 'plain',
  }),
  'execution.tool_settled': ({ step, outcome }) => ({
    ...outcomeOf(outcome),
    what: 'tool answered',
    text: `step ${step}: ${outcomeOf(outcome).text}`,
  }),
  'execution.approval_awaited': () => dim('waiting', 'for a person'),
  'execution.approval_observed': ({ outcome, note }) =>
    dim('went on', `approval ${outcome}${noted(note)}`),
  'execution.completed': ({ summary }) => ({ what: 'completed', text: summary, tone: 'good' }),
  'execution.failed': ({ reason, detail }) => ({
    what: 'failed',
    text: `${reason}: ${detail}`,
    tone: 'bad',
  }),
  'execution.rejected': ({ outcome }) => ({
    what: 'rejected',
    text: outcome === 'expired' ? 'nobody approved it in time' : 'a person refused',
    tone: 'bad',
  }),
  'execution.halted': ({ detail }) => ({ what: 'halted', text: detail, tone: 'bad' }),
  'lease.granted': ({ executionId, until }, { aggregate_id: resource }) =>
    dim('lease', `${resource} is held by execution ${executionId} until ${until}`),
  'lease.renewed': ({ until }, { aggregate_id: resource }) =>
    dim('lease kept', `${resource}, until ${until}`),
  'lease.requested': ({ executionId }, { aggregate_id: resource }) =>
    dim('in line', `execution ${executionId} for ${resource}`),
  'lease.released': ({ executionId }, { aggregate_id: resource }) =>
    dim('lease over', `execution ${executionId} wants ${resource} no more`),
  'lease.expired': ({ executionId }, { aggregate_id: resource }) => ({
    what: 'lease expired',
    text: `execution ${executionId} did not renew its hold on ${resource}`,
    tone: 'bad',
  }),
};

function outcomeOf(outcome: ToolOutcome): Line {
  switch (outcome.status) {
    case 'succeeded':
      return { what: outcome.status, text: toolAnswer(outcome.result).first, tone: 'plain' };
    case 'failed':
      return { what: outcome.status, text: `${outcome.code}: ${outcome.message}`, tone: 'bad' };
    case 'refused':
      return { what: outcome.status, text: `${outcome.clause}: ${outcome.message}`, tone: 'bad' };
    case 'unknown':
      return { what: outcome.status, text: outcome.message, tone: 'bad' };
  }
}
