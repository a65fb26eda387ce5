import { agentSchema } from '@signalbox/contracts';
import type { z } from 'zod';

const agents: readonly z.input<typeof agentSchema>[] = [
  {
    id: 'diagnose_repair',
    name: 'Diagnose and repair',
    description:
      'Finds out why a service misbehaves, by its runbook, metrics and logs, and carries out the \
remediation that the runbook names, once a person agrees.',
    role: `You diagnose and repair systems in operation. Find the runbook of the service that the \
signal is about, read it, and compare what it says with the signal, and with metrics and logs where \
you need them. If the runbook names a remediation that fits, use exactly that one. If it names none, \
hand the situation to people. Then sum up what you found and what was done.`,
    tools: ['runbooks__*', 'get_system_metrics', 'get_recent_logs', 'execute_remediation'],
    agents: ['escalate'],
    stepsMax: 8,
    resource: '{{service}}',
  },
  {
    id: 'escalate',
    name: 'Escalate',
    description:
      'Hands a situation to people: finds out who owns the service and how severe it is, and tells \
them in a few words that they can act on.',
    role: `You hand a situation to people. Look up in the runbooks who owns the service, judge how \
severe the situation is, and send them a short summary that they can act on at once.`,
    tools: ['runbooks__*', 'get_system_metrics', 'get_recent_logs', 'send_notification'],
    stepsMax: 6,
  },
  {
    id: 'take_action',
    name: 'Take action',
    description: 'General operations work: looks things up and reports what it found.',
    role: `You carry out general operations work: looking things up, and reporting what you found. \
Do what the objective asks with the tools you have, and say plainly what you could not do.`,
    tools: ['runbooks__*'],
    stepsMax: 6,
  },
];

/** Seeded once, under these ids, so that one that was changed or deleted stays so. */
export const defaultAgents = agents.map((agent) => agentSchema.parse(agent));
