import type { Env } from '@signalbox/service';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the client commands go, and with which key. */
export interface ClientConfig {
  /** Without a slash at the end. */
  readonly url: string;
  readonly apiKey: string | undefined;
  /** Where the key was looked for, for the message when there is none. */
  readonly keyFile: string;
}

const PORT_DEFAULT = '8000';
const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost']);

/**
 * `url` is what the command line says; it wins over the environment, and that over what runs in
 * the home.
 */
export function loadClientConfig(env: Env, url?: string): ClientConfig {
  const home = env['SIGNALBOX_HOME'] || '.signalbox';
  const base = url || env['SIGNALBOX_URL'] || urlIn(join(home, 'endpoints.json')) || onPort(env);
  const keyFile = join(home, 'api-key');
  return {
    url: base.replace(/\/+$/, ''),
    apiKey: env['SIGNALBOX_API_KEY'] || textIn(keyFile),
    keyFile,
  };
}

function onPort(env: Env): string {
  return `http://127.0.0.1:${env['SIGNALBOX_PORT'] || PORT_DEFAULT}`;
}

/** Where the launcher says that it serves HTTP; a file that says anything else counts as none. */
function urlIn(endpoints: string): string | undefined {
  try {
    const { http } = JSON.parse(textIn(endpoints) ?? '{}') as { http?: unknown };
    // The folder may be anybody's, and the key goes where its file says.
    const isOfThisMachine = typeof http === 'string' && LOOPBACK.has(new URL(http).hostname);
    return isOfThisMachine ? http : undefined;
  } catch {
    return undefined;
  }
}

function textIn(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}
