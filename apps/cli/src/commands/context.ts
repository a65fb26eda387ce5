import type { Env } from '@signalbox/service';
import { ApiClient } from '../client/api-client.ts';
import type { ClientConfig } from '../config.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** What every client command is given. */
export interface CommandContext {
  readonly terminal: Terminal;
  readonly env: Env;
  /** The configuration, once the command line's own words are known. */
  config(url?: string): ClientConfig;
  /** All of the standard input. */
  readInput(): Promise<Uint8Array<ArrayBuffer>>;
  /** The standard input line by line, with the prompt before each where somebody is there. */
  lines(prompt: string): AsyncIterable<string>;
  /** Asks whoever is at the terminal, for yes or no; absent when nobody is. */
  confirm?(question: string): Promise<boolean>;
  now(): Date;
}

/** Options of every client command. */
export interface ClientOptions {
  readonly url?: string;
  readonly json?: boolean;
}

export function clientOf(context: CommandContext, { url }: ClientOptions): ApiClient {
  return new ApiClient(context.config(url));
}

/** The answer as the server gave it with `--json`, else as `print` says it. */
export function show<Answer>(
  context: CommandContext,
  { json }: ClientOptions,
  answer: Answer,
  print: (answer: Answer) => void,
): void {
  if (json) context.terminal.line(JSON.stringify(answer));
  else print(answer);
}

/**
 * The first page of a list as `show` has it. That there is more goes to the standard error, so that
 * what a program reads of the output stays clean; `which` says which part of it this is.
 */
export async function showList<Row>(
  context: CommandContext,
  options: ClientOptions,
  { path, which }: { readonly path: string; readonly which: string },
  print: (rows: readonly Row[]) => void,
): Promise<void> {
  const { rows, hasMore } = await clientOf(context, options).firstPage<Row>(path);
  show(context, options, rows, print);
  if (!hasMore) return;
  context.terminal.error(`signalbox: there are more; these are the ${which} ${rows.length}`);
}
