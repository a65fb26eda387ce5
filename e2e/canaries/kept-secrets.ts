import { confinedServices } from '@signalbox/service';
import { access, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newValue } from './canary.ts';
import type { CanaryWatch } from './watch.ts';

/** The launcher makes these itself, and keeps them in files that are filled before it starts. */
const keptFiles = {
  'api-key': 'SIGNALBOX_API_KEY',
  'nats-password': 'SIGNALBOX_NATS_URL',
  'postgres.password': 'SIGNALBOX_DATABASE_URL',
} as const;

export const keptSlots: readonly string[] = Object.values(keptFiles);

/** Canaries for what the launcher keeps in its home, where there is nothing yet. */
export async function fillKept(home: string, watch: CanaryWatch): Promise<void> {
  for (const [name, slot] of Object.entries(keptFiles)) {
    const file = join(home, name);
    const isThere = await access(file).then(
      () => true,
      () => false,
    );
    if (!isThere) await writeFile(file, watch.put(slot, newValue()), { mode: 0o600 });
  }
}

/** What stands there while it runs, as somebody may have exchanged it; each is in use then. */
export async function registerKept(home: string, watch: CanaryWatch): Promise<void> {
  for (const [name, slot] of Object.entries(keptFiles)) {
    const value = await readFile(join(home, name), 'utf8').catch(() => '');
    if (value !== '') watch.put(slot, value.trim());
  }
  const rights = await readFile(join(home, 'nats', 'nats-server.conf'), 'utf8');
  for (const service of confinedServices) {
    const [, password] =
      new RegExp(`"user": "${service}",\\s+"password": "([^"]+)"`).exec(rights) ?? [];
    if (password === undefined) throw new Error(`${service} has no password on NATS`);
    watch.put(`NATS user ${service}`, password);
  }
}
