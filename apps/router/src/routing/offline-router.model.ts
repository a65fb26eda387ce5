import type { RiskLevel } from '@signalbox/contracts';
import type { JsonObject } from '@signalbox/kernel';
import {
  type ModelAnswer,
  ModelPort,
  type ModelRequest,
  OFFLINE_PROVIDER,
} from '@signalbox/models';

export const OFFLINE_MODEL = 'offline-router';

const OBJECTIVE_TITLE_CHARS_MAX = 300;

const risks: Readonly<Record<string, RiskLevel>> = {
  critical: 'critical',
  fatal: 'critical',
  emergency: 'critical',
  page: 'critical',
  high: 'high',
  error: 'high',
  major: 'high',
  low: 'low',
  info: 'low',
  notice: 'low',
};
const ordered: readonly RiskLevel[] = ['low', 'medium', 'high', 'critical'];

const security =
  /\b(breach|intrusion|unauthori[sz]ed|malware|ransomware|exfiltration|brute.?force|compromised|vulnerability|security)\b/i;
const trouble =
  /latency|slow|error|5\d\d\b|cpu|memory|disk|health|timeout|time-out|unavailable|saturat|crash|restart|\bdown\b/i;
const request = /^\s*(please|generate|create|send|fetch|look up|report|list|show|call|export)\b/i;

/**
 * Routes by a few words, for demonstrations and tests: no language model, and it says so.
 * Its agents look and ask before they act, so what they may do at most is a medium risk.
 */
export class OfflineRouterModel extends ModelPort {
  complete(asked: ModelRequest, abort: AbortSignal): Promise<ModelAnswer> {
    abort.throwIfAborted();
    const text = asked.messages.find(({ role }) => role === 'user')?.text ?? '';
    const [name, args] = routed(text, agentsOffered(asked));
    return Promise.resolve({
      text: '',
      toolUses: [{ name, arguments: args }],
      promptTokens: 0,
      completionTokens: 0,
      provider: OFFLINE_PROVIDER,
      model: OFFLINE_MODEL,
      offline: true,
    });
  }
}

function routed(text: string, agents: readonly string[]): [tool: string, args: JsonObject] {
  const { source, severity = '' } = fieldsIn(text);
  const [, , type = '', title = ''] = /^\[([^\]]*)\] (.*?): (.*)$/m.exec(text) ?? [];
  const risk = risks[severity.toLowerCase()] ?? 'medium';
  const about = title.slice(0, OBJECTIVE_TITLE_CHARS_MAX);
  const choice = [
    {
      agent: 'escalate',
      fits: security.test(`${type} ${title}`),
      objective: `Tell the people on call about this security signal: ${about}`,
      risk: atMostMedium(risk),
    },
    {
      agent: 'take_action',
      fits: request.test(title),
      objective: `Do what is asked: ${about}`,
      risk,
    },
    {
      agent: 'diagnose_repair',
      fits: trouble.test(`${type} ${title}`),
      objective: `Find the cause and repair it by its runbook: ${about}`,
      risk: atMostMedium(risk),
    },
    {
      agent: 'escalate',
      fits: risk === 'critical',
      objective: `Tell the people on call about this critical signal: ${about}`,
      risk: atMostMedium(risk),
    },
  ].find(({ agent, fits }) => fits && agents.includes(agent));
  if (choice === undefined) {
    if (source === 'chat') return ['respond_directly', { response: NO_ANSWERS, reasoning: WHY }];
    return [
      'request_more_info',
      { question: `What is to be done about: ${about}`, reasoning: WHY },
    ];
  }
  const { agent, objective, risk: riskLevel } = choice;
  return [
    'route_to_agent',
    { agent_type: agent, objective, risk_level: riskLevel, reasoning: WHY },
  ];
}

const WHY = 'Chosen by the words of the signal; no language model is configured.';
const NO_ANSWERS =
  'No language model is configured, so I cannot answer questions. I route requests by a few words: ' +
  'say what is slow, failing or down, or begin with "please". Set OPENAI_API_KEY, or ' +
  'SIGNALBOX_MODEL_BASE_URL for a server of your own, and start again.';

/** As the prompt puts them, on a line of their own. */
function fieldsIn(text: string): { readonly source?: string; readonly severity?: string } {
  return JSON.parse(/^Fields: (.*)$/m.exec(text)?.[1] ?? '{}') as Record<string, string>;
}

function atMostMedium(risk: RiskLevel): RiskLevel {
  return ordered.indexOf(risk) > ordered.indexOf('medium') ? 'medium' : risk;
}

function agentsOffered({ tools }: ModelRequest): readonly string[] {
  const tool = tools.find(({ name }) => name === 'route_to_agent');
  const properties = tool?.inputSchema['properties'] as JsonObject | undefined;
  const { enum: agents } = (properties?.['agent_type'] ?? {}) as { enum?: readonly string[] };
  return agents ?? [];
}
