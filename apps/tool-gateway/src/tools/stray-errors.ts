import { Logger } from '@nestjs/common';
import { AsyncLocalStorage } from 'node:async_hooks';
import { inspect } from 'node:util';

const SAID_CHARACTERS_MAX = 4_000;

const logger = new Logger('ToolModule');
/** Whose file it is that set off what goes on; Node hands it on to timers, promises and sockets. */
const doing = new AsyncLocalStorage<string | undefined>();

/**
 * Runs code of a tool's file. What it leaves behind, a callback that throws or a rejection that nobody
 * waits for, is logged and does not end the process, which serves others too.
 */
export function inTool<T>(tool: string, code: () => T): T {
  if (!process.listeners('uncaughtException').includes(onStray)) {
    process.on('uncaughtException', onStray);
  }
  return doing.run(tool, code);
}

/** Runs code of the gateway on behalf of a tool's file: its own errors are nobody else's. */
export async function inGateway<T>(code: () => Promise<T>): Promise<T> {
  // A rejection is the tool's again, if it forgets to wait.
  return await doing.run(undefined, code);
}

/** The signal of a call for a tool's file: what it has it call is the file's doing too. */
export function signalInTool(signal: AbortSignal): AbortSignal {
  const own = new AbortController();
  const abort = AsyncLocalStorage.bind(() => own.abort(signal.reason));
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  return own.signal;
}

/** In words, of whatever somebody else's code throws: a text, nothing, or what cannot be looked at. */
export function wordsOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : inspect(thrown);
  } catch {
    return 'something that cannot be told';
  }
}

/** Rejections come here as well, which is what Node does with those that nobody handles. */
function onStray(error: unknown): void {
  const tool = doing.getStore();
  if (tool === undefined) return crash(error);
  const left = `tools.${tool} left something behind that failed, and nobody waited for: `;
  logger.error(`${left}${tracedWords(error)}`);
}

function tracedWords(error: unknown): string {
  try {
    return inspect(error).slice(0, SAID_CHARACTERS_MAX);
  } catch {
    return wordsOf(error);
  }
}

/** As without a listener. */
function crash(error: unknown): void {
  // Whoever else listens keeps the process from its end.
  if (process.listenerCount('uncaughtException') > 1) return;
  console.error(error);
  process.exit(1);
}
