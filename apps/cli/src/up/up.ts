import type { Env } from '@signalbox/service';
import { ApiClient } from '../client/api-client.ts';
import { processTerminal } from '../terminal/terminal.ts';
import { clientCommand } from './client-command.ts';
import { showSampleIncident } from './sample-incident.ts';
import { startStack, type Stack } from './stack.ts';
import { loadUpConfig } from './up.config.ts';

/** After this the processes are left to the kernel, which ends them with us. */
const STOP_MAX_MS = 10_000;

export interface UpOptions {
  /** Send the sample incident and show its timeline. */
  readonly sample: boolean;
  /** One process for each app. */
  readonly processes: boolean;
}

/**
 * Starts everything on this machine and stays until it is interrupted.
 * @throws AppError with one line that says why it could not start.
 */
export async function up({ sample, processes }: UpOptions, env: Env): Promise<void> {
  const config = loadUpConfig(env);
  const interrupted = untilInterrupted();
  const interruption = new AbortController();
  const { signal } = interruption;
  const starting = startStack({ config, env, separate: processes, say, signal });
  const stack = await Promise.race([starting, interrupted]);
  if (!stack) {
    say('stopping');
    interruption.abort();
    return stopWithin(() => endOf(starting));
  }
  announce(stack);
  const client = new ApiClient({ url: stack.url, apiKey: stack.home.apiKey, keyFile: '' });
  const command = clientCommand(stack.home.path, process.cwd());
  const shown = sample
    ? showSampleIncident(client, { terminal: processTerminal(env), command, interrupted })
    : Promise.resolve();
  shown.catch((error: unknown) => say(`the sample incident: ${(error as Error).message}`));
  await interrupted;
  say('stopping');
  await stopWithin(() => stack.stop());
  say('stopped');
}

function say(line: string): void {
  console.log(`signalbox: ${line}`);
}

function announce({ url, home, natsUrl }: Stack): void {
  console.log(`signalbox ready on ${url}`);
  if (home.apiKeyIsNew) {
    console.log(`  API key      ${home.apiKey}  (shown this once; kept in ${home.path}/api-key)`);
  }
  console.log(`  NATS         ${natsUrl}`);
  console.log(`  state, logs  ${home.path}`);
}

/** Ctrl-C, an order to end, or a window that was closed. */
function untilInterrupted(): Promise<undefined> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => resolve(undefined));
    }
  });
}

/** What was starting is gone: it stopped itself, or it was ready just then. */
async function endOf(starting: Promise<Stack>): Promise<void> {
  const stack = await starting.catch(() => undefined);
  await stack?.stop();
  say('stopped');
}

async function stopWithin(stop: () => Promise<void>): Promise<void> {
  const late = setTimeout(() => {
    console.error('signalbox: it did not stop in time; what is left ends with this process');
    process.exit(1);
  }, STOP_MAX_MS);
  await stop();
  clearTimeout(late);
}
