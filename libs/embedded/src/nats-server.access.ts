import { rename, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Who may do what; on a server without it everybody may do everything. */
export interface NatsAccess {
  /** May do everything. */
  readonly user: string;
  readonly password: string;
  /** What clients without a password may publish on, such as `signals.>`; they may do nothing else. */
  readonly openSubjects: string;
}

const ACCOUNT = 'SIGNALBOX';

/**
 * The part of the configuration that says so. Guests have an account of their own: in a common one
 * they could name any subject as the reply of a message, and the server would publish its
 * acknowledgement there, onto AUDIT too.
 * Format: https://docs.nats.io/running-a-nats-service/configuration/securing_nats/accounts
 */
export function accessConfig({ user, password, openSubjects }: NatsAccess): string {
  const [name, secret, open] = [user, password, openSubjects].map((text) => JSON.stringify(text));
  return `accounts {
  ${ACCOUNT} {
    jetstream: enabled
    users: [{ user: ${name}, password: ${secret} }]
    exports: [{ service: ${open} }]
  }
  GUESTS {
    users: [{ user: "guest", permissions: { publish: [${open}], subscribe: ["_INBOX.>"] } }]
    imports: [{ service: { account: ${ACCOUNT}, subject: ${open} } }]
  }
}
no_auth_user: guest`;
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
