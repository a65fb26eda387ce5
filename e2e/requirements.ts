/**
 * A promise, and how much of it holds today. A test cites its id; `npm run tidy` holds the two
 * together. A behaviour is widened here when more of it is built, never before.
 */
export interface Requirement {
  readonly id: string;
  readonly behaviour: string;
}

export const requirements: readonly Requirement[] = [
  // Signals
  {
    id: 'SIG-1',
    behaviour:
      'POST /api/webhook answers 202 only for what is on disk; 4xx names the field; 429 stores nothing',
  },
  {
    id: 'SIG-2',
    behaviour:
      'nine vendor formats and any other JSON become canonical signals; body and digest kept',
  },
  {
    id: 'SIG-3',
    behaviour:
      'GitHub, Standard Webhooks, PagerDuty, Slack, HMAC, bearer, basic; two secrets; refusals recorded',
  },
  {
    id: 'SIG-4',
    behaviour:
      'a key is one delivery, a fact one signal; a problem is decided once, its reports counted',
  },
  {
    id: 'SIG-5',
    behaviour:
      'JSON and CloudEvents on NATS are decided once, or dead letters with reason; nothing else is open',
  },
  {
    id: 'SIG-6',
    behaviour:
      'every accepted signal has one decision or a dead letter, else an alarm; re-driven once',
  },
  {
    id: 'SIG-7',
    behaviour:
      'POST /api/chat answers with the outcome or 202; model and agent see the conversation, fenced',
  },
  // Rules and routing
  {
    id: 'RUL-1',
    behaviour:
      'five pattern types, five actions; what cannot be taken is refused with field and reason',
  },
  {
    id: 'RUL-2',
    behaviour:
      'rules are tried by priority, the first match wins; every version is kept with who and when',
  },
  {
    id: 'RUL-3',
    behaviour:
      'rules see raw, sanitised, SQL and canonical command texts; a corpus lists what is missed',
  },
  {
    id: 'RUL-4',
    behaviour:
      'four default safety rules are seeded once; auto_scale_cpu fires on the documented alert',
  },
  {
    id: 'RUL-5',
    behaviour: 'a decision carries every rule that was tried and why, up to 1 000 active rules',
  },
  {
    id: 'RUL-6',
    behaviour: 'a rule is tried on one event, a rule set on recorded signals, without effect',
  },
  {
    id: 'RTE-1',
    behaviour:
      'four tools; below the confidence threshold a person agrees first; a useless answer never acts',
  },
  { id: 'RTE-2', behaviour: 'high and critical risk wait for a person before the run starts' },
  {
    id: 'RTE-3',
    behaviour: 'the model may choose only what is registered, and is told what each is for',
  },
  // Agents
  { id: 'AGT-1', behaviour: 'three agent templates, as data' },
  { id: 'AGT-2', behaviour: 'a run survives kill -9 anywhere and goes on, on any replica' },
  { id: 'AGT-3', behaviour: 'reaching the step limit is a failure' },
  {
    id: 'AGT-5',
    behaviour:
      'OpenAI, Anthropic, DeepSeek, Google or any compatible endpoint, by role; the next when one is away',
  },
  {
    id: 'AGT-6',
    behaviour: 'tokens of a call, cached ones apart, and its cost by list price',
  },
  {
    id: 'AGT-7',
    behaviour:
      'the offline planner is labelled, and never chosen over a key; a missing key is an error',
  },
  { id: 'AGT-8', behaviour: 'a service that stops hands its runs over' },
  // Approvals
  {
    id: 'APR-1',
    behaviour: 'listed in pages; granted, rejected; expired on time without anyone looking',
  },
  { id: 'APR-2', behaviour: 'a grant is bound to the exact action, and that action runs' },
  { id: 'APR-3', behaviour: 'survives restarts; of a grant and an expiry one wins' },
  { id: 'APR-4', behaviour: 'only a person may resolve an approval' },
  // Automations
  { id: 'AUT-1', behaviour: 'three workflows as data, with templates filled from the signal' },
  { id: 'AUT-2', behaviour: 'a workflow runs durably, its steps through the gateway' },
  // Tool gateway
  { id: 'GTW-1', behaviour: 'programs and servers get nothing of the gateway’s environment' },
  {
    id: 'GTW-3',
    behaviour:
      'runbooks, remediation commands, metrics, logs, listed HTTP APIs, Slack, PagerDuty, webhooks',
  },
  { id: 'GTW-4', behaviour: 'MCP servers on stdio are restarted; one hurts no other' },
  { id: 'GTW-5', behaviour: 'default deny; each refusal names its clause' },
  {
    id: 'GTW-6',
    behaviour:
      'an effect happens at most once, or is parked as unknown; vendors that take one get its key',
  },
  {
    id: 'GTW-7',
    behaviour:
      'commands run without a shell; requests reach listed places only, by the address checked',
  },
  {
    id: 'GTW-8',
    behaviour:
      'credentials are env: and file: references, read at each call and shown in no result',
  },
  // Audit and control
  { id: 'AUD-1', behaviour: 'every event is kept whole, with actor and cause' },
  {
    id: 'AUD-2',
    behaviour:
      'read models catch up, pass what is no event, say how far behind they are, rebuild to the byte',
  },
  { id: 'AUD-3', behaviour: 'why tells the causal chain, whichever of its ids is asked for' },
  {
    id: 'CTL-1',
    behaviour:
      'the global halt: epoch-fenced, in-flight aborted; what was asked before cannot be granted after',
  },
  // Operators
  {
    id: 'OPS-1',
    behaviour: 'webhook, chat, rules, approvals, audit, status, kill and resume as the contract',
  },
  {
    id: 'OPS-2',
    behaviour:
      '503 without a configured key; requests a minute by address and path, 429 with Retry-After',
  },
  {
    id: 'CLI-1',
    behaviour:
      'up, send, chat, approvals, why, status, problems, rules, dlq, kill, resume; --json, exit codes',
  },
  {
    id: 'OBS-1',
    behaviour:
      '/livez, /readyz and /metrics with reasons and lag, JSON logs, traceparent on every message',
  },
  { id: 'DEP-1', behaviour: 'npm start on embedded servers; state survives Ctrl-C and kill -9' },
];
