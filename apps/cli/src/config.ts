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

/** `url` is what the command line says; it wins over the environment. */
export function loadClientConfig(env: Env, url?: string): ClientConfig {
  const port = env['SIGNALBOX_PORT'] || PORT_DEFAULT;
  const base = url || env['SIGNALBOX_URL'] || `http://127.0.0.1:${port}`;
  const keyFile = join(env['SIGNALBOX_HOME'] || '.signalbox', 'api-key');
  return {
    url: base.replace(/\/+$/, ''),
    apiKey: env['SIGNALBOX_API_KEY'] || keyIn(keyFile),
    keyFile,
  };
}

function keyIn(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}
