import type { Json } from '@signalbox/kernel';
import type { Command } from 'commander';
import type { Accepted } from '../client/api.ts';
import { readNamed } from '../files/read-named.ts';
import { clientOf, show, type ClientOptions, type CommandContext } from './context.ts';
import { usage } from './usage.ts';

interface SendOptions extends ClientOptions {
  readonly title?: string;
  readonly type?: string;
  readonly severity?: string;
  readonly source?: string;
  readonly payload?: string;
  readonly idempotencyKey?: string;
}

/** `signalbox send`: one alert, from a file, the standard input, or the command line. */
export function addSend(parent: Command, context: CommandContext): void {
  parent
    .command('send')
    .description('send an alert')
    .argument('[file]', 'a webhook body as JSON, of any format; - for standard input')
    .option('--title <text>', 'what is wrong, instead of a file')
    .option('--type <name>', 'kind of event, with --title (default: "alert")')
    .option('--severity <level>', 'with --title: info, warning, critical, …')
    .option('--source <name>', 'who says so (default with --title: "cli")')
    .option('--payload <json>', 'details as a JSON object, with --title')
    .option('--idempotency-key <key>', 'send again with the same key and it counts once')
    .action(async (file: string | undefined, _options: SendOptions, command: Command) => {
      const options = command.optsWithGlobals<SendOptions>();
      const { path, body } = await requestOf(file, options, context);
      const { idempotencyKey } = options;
      const headers = idempotencyKey ? { 'idempotency-key': idempotencyKey } : {};
      const call = { method: 'POST', body, headers } as const;
      const accepted = await clientOf(context, options).call<Accepted>(path, call);
      show(context, options, accepted, () => printAccepted(accepted, context));
    });
}

interface WebhookRequest {
  readonly path: string;
  readonly body: string | Uint8Array<ArrayBuffer>;
}

async function requestOf(
  file: string | undefined,
  options: SendOptions,
  context: CommandContext,
): Promise<WebhookRequest> {
  const { title, type = 'alert', severity, source, payload } = options;
  if (file !== undefined) {
    if (title ?? severity ?? payload ?? options.type) {
      throw usage('A file says it all: --title, --type, --severity and --payload go without one.');
    }
    const path = source ? `/api/webhook/${encodeURIComponent(source)}` : '/api/webhook';
    return { path, body: await readNamed(file, context) };
  }
  if (!title) throw usage('Name a file with the alert, - for standard input, or give --title.');
  const said = {
    source: source ?? 'cli',
    event_type: type,
    title,
    severity,
    payload: payload === undefined ? {} : jsonOf(payload),
  };
  return { path: '/api/webhook', body: JSON.stringify(said) };
}

function printAccepted({ signal_id, signal_ids }: Accepted, { terminal }: CommandContext): void {
  for (const id of signal_ids ?? [signal_id]) {
    terminal.line(`${terminal.paint('good', 'accepted')} ${id}`);
  }
  terminal.line(terminal.paint('dim', `what became of it: signalbox why ${signal_id}`));
}

function jsonOf(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw usage(`--payload is not JSON: ${(error as Error).message}`);
  }
}
