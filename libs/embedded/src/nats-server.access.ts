import { rename, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Who may do what; on a server without it everybody may do everything. */
export interface NatsAccess {
  /** May do everything. */
  readonly user: string;
  readonly password: string;
  /** What clients without a password may publish on, such as `signals.>`; they may do nothing else. */
  readonly openSubjects: string;
  /** Those who may do only what they are for. */
  readonly confined?: readonly ConfinedUser[];
}

export interface ConfinedUser {
  readonly user: string;
  readonly password: string;
  /** Subjects that it publishes on or asks: for one answer, or for any number. */
  readonly asks: readonly string[];
  readonly asksForMany: readonly string[];
  readonly hears: readonly string[];
  readonly inbox: string;
}

const ACCOUNT = 'SIGNALBOX';
/** An account has this prefix from the server itself, for streams of its own. */
const API = '$JS.API.';
const BORROWED_API = 'SIGNALBOX.API.';

/**
 * The part of the configuration that says so. Guests and the confined have accounts of their own: in
 * a common one they could name any subject as the reply of a message, and the server would publish its
 * answer there, onto AUDIT too, or as a request to purge a stream.
 * Format: https://docs.nats.io/running-a-nats-service/configuration/securing_nats/accounts
 */
export function accessConfig({ user, password, openSubjects, confined = [] }: NatsAccess): string {
  const [name, secret, open] = [user, password, openSubjects].map((text) => JSON.stringify(text));
  const exported = new Set(confined.flatMap(exportsFor));
  return `accounts {
  ${ACCOUNT} {
    jetstream: enabled
    users: [{ user: ${name}, password: ${secret} }]
    exports: [
      { service: ${open} }
      ${[...exported].join('\n      ')}
    ]
  }
  GUESTS {
    users: [{ user: "guest", permissions: { publish: [${open}], subscribe: ["_INBOX.>"] } }]
    imports: [{ service: { account: ${ACCOUNT}, subject: ${open} } }]
  }
  ${confined.map(confinedAccount).join('\n  ')}
}
no_auth_user: guest`;
}

/** What the account of the streams has to export for somebody who is confined. */
export function exportsFor({ asks, asksForMany, hears }: ConfinedUser): readonly string[] {
  return [
    ...asks.map((subject) => `{ service: ${JSON.stringify(subject)} }`),
    ...asksForMany.map((subject) => `{ service: ${JSON.stringify(subject)}, response: stream }`),
    ...hears.map((subject) => `{ stream: ${JSON.stringify(subject)} }`),
  ];
}

/** The account of somebody who is confined. */
export function confinedAccount(confined: ConfinedUser): string {
  const { user, password, asks, asksForMany, hears, inbox } = confined;
  const services = [...asks, ...asksForMany];
  const permissions = {
    publish: [...services, ...services.map(borrowedName), inbox],
    subscribe: [...hears, inbox],
  };
  const borrowed = services.filter((subject) => subject.startsWith(API));
  const mappings = Object.fromEntries(borrowed.map((subject) => [subject, borrowedName(subject)]));
  const imports = [
    ...services.map((subject) => {
      const service = ours(subject);
      return subject.startsWith(API) ? { service, to: borrowedName(subject) } : { service };
    }),
    ...hears.map((subject) => ({ stream: ours(subject) })),
  ];
  // JSON is a part of the server's format.
  return `${JSON.stringify(user)} ${JSON.stringify({ users: [{ user, password, permissions }], mappings, imports }, null, 2)}`;
}

const ours = (subject: string) => ({ account: ACCOUNT, subject });

function borrowedName(subject: string): string {
  return subject.replace(API, BORROWED_API);
}

/** Gives the account the streams of a store from before there were accounts. */
export async function adoptStreams(storeDir: string): Promise<void> {
  const [from, to] = ['$G', ACCOUNT].map((account) => join(storeDir, 'jetstream', account));
  if (from === undefined || to === undefined) return;
  if ((await exists(from)) && !(await exists(to))) await rename(from, to);
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
