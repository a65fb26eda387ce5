import type { IncomingHttpHeaders } from 'node:http';
import { modelKeys } from './slots.ts';
import { watch } from './watch.ts';

/** Whose server it stands for, where a scenario says so in the beginning of the path. */
const PROVIDER = /^\/(anthropic|deepseek|google)\//;

interface Prompt {
  readonly headers: IncomingHttpHeaders;
  /** Path and query. */
  readonly url?: string | undefined;
}

/** A request to a model: its headers hold the key that is for it, the rest no credential. */
export function seePrompt({ headers, url = '' }: Prompt, body: string): void {
  const provider = PROVIDER.exec(url)?.[1];
  const slots = provider === undefined ? modelKeys : [`${provider.toUpperCase()}_API_KEY`];
  watch.received(slots, `the model of ${provider ?? 'a server'}`, JSON.stringify(headers));
  watch.see('a prompt', body);
}
