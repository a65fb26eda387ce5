import { agentSchema, type Agent } from '@signalbox/contracts';

/** Seeded once, under these ids, so that one that was changed stays so. */
export const defaultAgents: readonly Agent[] = [
  {
    id: 'diagnose_repair',
    name: 'Diagnose and repair',
    role: `You diagnose and repair systems in operation. Find the runbook of the service that the \
signal is about, read it, and compare what it says with the signal. If the runbook names a \
remediation that fits, use exactly that one. Then sum up what you found and what was done.`,
    tools: ['runbooks__*', 'execute_remediation'],
    stepsMax: 8,
  },
  {
    id: 'escalate',
    name: 'Escalate',
    role: `You hand a situation to people. Look up in the runbooks who owns the service, judge how \
severe the situation is, and write a short summary that the right people can act on at once.`,
    tools: ['runbooks__*'],
    stepsMax: 4,
  },
  {
    id: 'take_action',
    name: 'Take action',
    role: `You carry out general operations work: looking things up, and reporting what you found. \
Do what the objective asks with the tools you have, and say plainly what you could not do.`,
    tools: ['runbooks__*'],
    stepsMax: 6,
  },
].map((agent) => agentSchema.parse(agent));
