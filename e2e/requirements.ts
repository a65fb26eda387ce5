/**
 * A promise, and how much of it holds today. A test cites its id; `npm run tidy` holds the two
 * together. A behaviour is widened here when more of it is built, never before.
 */
export interface Requirement {
  readonly id: string;
  readonly behaviour: string;
}

const behaviours = {
  // Signals
  'SIG-1':
    'POST /api/webhook answers 202 only for what is on disk; 4xx names the field; 429 stores nothing',
  'SIG-2': 'ten vendor formats and any other JSON become canonical signals; body and digest kept',
  'SIG-3':
    'GitHub, Standard Webhooks, PagerDuty, Slack and its commands, HMAC, bearer, basic; two secrets',
  'SIG-4':
    'a key is one delivery, a fact one signal, however sent; a problem is decided once, reports counted',
  'SIG-5':
    'JSON and CloudEvents on NATS are decided once, or dead letters with reason; nothing else is open',
  'SIG-6': 'every accepted signal has one decision or a dead letter, else an alarm; re-driven once',
  'SIG-7':
    'POST /api/chat answers with the outcome or 202; model and agent see the conversation, fenced',
  // Rules and routing
  'RUL-1':
    'five pattern types, five actions; what cannot be taken is refused with field and reason',
  'RUL-2':
    'rules are tried by priority, the first match wins; every version is kept with who and when',
  'RUL-3':
    'rules see raw, sanitised, SQL and canonical command texts; a corpus lists what is missed',
  'RUL-4':
    'four default safety rules are seeded once; auto_scale_cpu fires on the documented alert',
  'RUL-5': 'a decision carries every rule that was tried and why, up to 1 000 active rules',
  'RUL-6': 'a rule is tried on one event, a rule set on recorded signals, without effect',
  'RTE-1':
    'four tools; below the confidence threshold a person agrees first; a useless answer never acts',
  'RTE-2': 'high and critical risk wait for a person before the run starts',
  'RTE-3': 'the model may choose only what is registered, and is told what each is for',
  // Agents
  'AGT-1':
    'agents are data with versions: made, changed unless another was faster, deleted; refused by field',
  'AGT-2':
    'a run survives kill -9 and goes on anywhere, as it began; what it no longer waits for is refused',
  'AGT-3':
    'step limits, deadlines, cancellation; agents as tools of agents, three levels deep, explained ends',
  'AGT-4':
    'one run at a time acts on a resource, others may look; the gateway refuses all but the newest lease',
  'AGT-5':
    'OpenAI, Anthropic, DeepSeek, Google or any compatible endpoint, by role and agent; failover',
  'AGT-6':
    'tokens and list price of each call; a call that could pass a budget of its run is never made',
  'AGT-7':
    'the offline planner is labelled, and never chosen over a key; a missing key is an error',
  'AGT-8':
    'slots; fair turns by source and agent, what goes on comes first; who stops hands its runs over',
  // Approvals
  'APR-1': 'listed in pages; granted, rejected; expired on time without anyone looking',
  'APR-2': 'a grant is bound to the exact action, and that action runs',
  'APR-3': 'survives restarts; of a grant and an expiry one wins',
  'APR-4': 'only a person may resolve an approval',
  // Automations
  'AUT-1': 'three workflows as data, with templates filled from the signal',
  'AUT-2': 'a workflow runs durably, its steps through the gateway',
  // Tool gateway
  'GTW-1':
    'keys are in the gateway alone, which needs but its own user on NATS; programs get none of its environment',
  'GTW-2': '/execute and /health as the contract has them, claimed and recorded; off by default',
  'GTW-3':
    'runbooks, metrics, logs, HTTP APIs, messages and mail, commands and job runners, reports; one file adds one, and ends nothing',
  'GTW-4':
    'MCP servers on stdio and HTTP: on demand, pinged, restarted, healed; one that hangs, floods or answers nonsense hurts no other',
  'GTW-5':
    'default deny; paths, hosts, commands, CEL, calls a minute over all, size, time; refusals name the clause',
  'GTW-6':
    'an effect happens at most once, or is parked until a person settles it; vendors get its key',
  'GTW-7':
    'programs in a sandbox, in memory of a limit, or refused; no shell; requests reach listed places, by the address checked',
  'GTW-8':
    'env:, file:, vault:, bao: references, read at each call; values redacted however they are spelled; in every scenario a canary in each is found nowhere',
  // Audit and control
  'AUD-1': 'every event is kept whole, with actor and cause',
  'AUD-2':
    'read models catch up, pass what is no event, say how far behind they are, rebuild to the byte',
  'AUD-3': 'why tells the causal chain, whichever of its ids is asked for',
  'CTL-1':
    'the global halt: epoch-fenced, in-flight aborted, deaf tools let go; what was asked before cannot be granted after',
  // Operators
  'OPS-1':
    'webhook, chat, rules, approvals, audit, status, kill, resume as the contract; OpenAPI, held to by the tests',
  'OPS-2':
    '503 without a configured key; requests a minute by address and path over all replicas, 429 with Retry-After',
  'OPS-4': 'a run is followed live, from where the reader was; the stream ends with the run',
  'CLI-1': 'every part of the API as a command; --json, exit codes, live progress',
  'OBS-1':
    '/livez, /readyz and /metrics with reasons and lag, JSON logs, traceparent on every message',
  'DEP-1': 'npm start on embedded servers; state survives Ctrl-C and kill -9',
} as const;

export const requirements: readonly Requirement[] = Object.entries(behaviours).map(
  ([id, behaviour]) => ({ id, behaviour }),
);
