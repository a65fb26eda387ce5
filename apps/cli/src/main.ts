import { createInterface } from 'node:readline/promises';
import { buffer } from 'node:stream/consumers';
import { loadClientConfig } from './config.ts';
import type { CommandContext } from './commands/context.ts';
import { buildProgram, runProgram } from './program.ts';
import { processTerminal } from './terminal/terminal.ts';

/** Runs the command line `args`; resolves with the exit code. */
export function run(args: readonly string[]): Promise<number> {
  const { env } = process;
  const context: CommandContext = {
    terminal: processTerminal(env),
    env,
    config: (url) => loadClientConfig(env, url),
    readInput: async () => new Uint8Array(await buffer(process.stdin)),
    lines,
    now: () => new Date(),
    ...(process.stdin.isTTY && process.stderr.isTTY ? { confirm } : {}),
  };
  return runProgram(buildProgram(context), args, context);
}

/** Asked on the standard error, so that what a program reads of the output stays clean. */
async function confirm(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // Ctrl-D and Ctrl-C are a no.
  const left = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
  try {
    const answer = await Promise.race([terminal.question(`${question} [y/N] `), left]);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}

/** Until Ctrl-D, Ctrl-C or the end of the input. */
async function* lines(prompt: string): AsyncGenerator<string, void> {
  const isPerson = process.stdin.isTTY && process.stderr.isTTY;
  const terminal = createInterface({
    input: process.stdin,
    ...(isPerson ? { output: process.stderr, prompt } : {}),
  });
  if (isPerson) terminal.prompt();
  for await (const line of terminal) {
    yield line;
    if (isPerson) terminal.prompt();
  }
}

if (import.meta.main) process.exitCode = await run(process.argv.slice(2));
