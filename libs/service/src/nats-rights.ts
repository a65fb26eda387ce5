import { invokeTool, settleAgentTool, settleWorkflowTool } from '@signalbox/contracts';
import { BLOB_BUCKET, durableOf, streams, subjectsOf } from '@signalbox/messaging';

/** What a service may do on NATS; nothing else. */
export interface NatsRights {
  /** Subjects that it publishes on or asks, with one answer. */
  readonly asks: readonly string[];
  /** Subjects that it asks with any number of answers. */
  readonly asksForMany: readonly string[];
  /** Subjects that it hears. */
  readonly hears: readonly string[];
  /** Where it is answered, and those answer who share its account. */
  readonly inbox: string;
}

/** Limits that the gateway counts together with its replicas: of its policy, and of its HTTP edge. */
const GATEWAY_RATES = ['policy', 'execute'];

/** The services that have rights of their own; the others may do everything. */
export const confinedServices = ['tool-gateway'] as const;
export type ConfinedService = (typeof confinedServices)[number];

const COMMAND_STREAMS = [streams.commands, streams.timers];

/**
 * The rights of a service in an environment. There is none to make a consumer: whoever makes one
 * has the server publish in its name, wherever it likes.
 */
export function permissionsOf(service: ConfinedService, env: string): NatsRights {
  const { aggregates, command, deadLetter, rate } = subjectsOf(env);
  const durable = durableOf(env, service);
  return {
    asks: [
      ...['toolcall', 'tool', 'gateway'].map(aggregates),
      ...[settleAgentTool, settleWorkflowTool, invokeTool].map((sent) =>
        command(sent.service, sent.name),
      ),
      deadLetter(service),
      ...GATEWAY_RATES.map((what) => rate(what, '*')),
      // Answers to who asked for a command.
      '_INBOX_ingest.>',
      ...['C.>', 'M.>'].map((kind) => `$O.${BLOB_BUCKET}.${kind}`),
      ...[streams.audit, streams.blobs, streams.rates].map(
        (stream) => `$JS.API.STREAM.MSG.GET.${stream}`,
      ),
      `$JS.API.STREAM.INFO.${streams.blobs}`,
      ...COMMAND_STREAMS.flatMap((stream) => [
        `$JS.API.CONSUMER.INFO.${stream}.${durable}`,
        `$JS.ACK.${stream}.${durable}.>`,
      ]),
    ],
    asksForMany: [
      ...[streams.audit, streams.rates].map((stream) => `$JS.API.DIRECT.GET.${stream}`),
      ...COMMAND_STREAMS.map((stream) => `$JS.API.CONSUMER.MSG.NEXT.${stream}.${durable}`),
    ],
    hears: [aggregates('control')],
    inbox: `_INBOX_${service}.>`,
  };
}
