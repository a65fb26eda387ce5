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
    now: () => new Date(),
  };
  return runProgram(buildProgram(context), args, context);
}

if (import.meta.main) process.exitCode = await run(process.argv.slice(2));
