import type { AggregateRef } from './event-store.port.ts';

/** Names of the streams; `docs` and every service agree on them here. */
export const streams = {
  audit: 'AUDIT',
  signals: 'SIGNALS',
  commands: 'COMMANDS',
  timers: 'TIMERS',
  deadLetters: 'DLQ',
  advisories: 'ADVISORIES',
  blobs: 'OBJ_blobs',
  rates: 'RATES',
} as const;

/** Subjects of one environment; the environment is a token from the first day. */
export function subjectsOf(env: string) {
  return {
    aggregate: ({ aggregate, id }: AggregateRef) => `audit.${env}.${aggregate}.${id}`,
    aggregates: (aggregate: string) => `audit.${env}.${aggregate}.*`,
    audit: `audit.${env}.>`,
    /** Core NATS, not a stream: what is said of an aggregate to whoever listens at the moment. */
    watch: ({ aggregate, id }: AggregateRef) => `watch.${env}.${aggregate}.${id}`,
    /** Core NATS too: an aggregate that has come to its end, `*` for any; the log says how. */
    ended: ({ aggregate, id }: AggregateRef) => `ended.${env}.${aggregate}.${id}`,
    signal: (source: string, type: string) => `signals.${env}.${source}.${type}`,
    signals: `signals.${env}.>`,
    command: (service: string, name: string) => `cmd.${env}.${service}.${name}`,
    commandsOf: (service: string) => `cmd.${env}.${service}.*`,
    schedule: (service: string, id: string) => `timer.sched.${env}.${service}.${id}`,
    fired: (service: string, name: string) => `timer.fired.${env}.${service}.${name}`,
    firedFor: (service: string) => `timer.fired.${env}.${service}.*`,
    deadLetter: (service: string) => `dlq.${env}.${service}`,
    rate: (what: string, whose: string) => `rate.${env}.${what}.${whose}`,
  };
}

/** Free text as one token of a subject: what NATS would read as structure becomes `_`. */
export function asToken(text: string): string {
  return text.replace(/[^a-zA-Z0-9_-]+/g, '_').slice(0, 100) || '_';
}

/** The source, as a token, in the subject of a signal: `signals.<env>.<source>.<type>`. */
export function sourceIn(subject: string): string {
  return subject.split('.')[2] ?? '';
}
