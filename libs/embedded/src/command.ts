import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const OUTPUT_MAX_BYTES = 16 * 1024 * 1024;
const COMMAND_TIMEOUT_MS = 120_000;

/** Runs a program to its end and gives its standard output; throws when it fails. */
export async function run(command: string, args: readonly string[], cwd?: string): Promise<string> {
  const { stdout } = await promisify(execFile)(command, [...args], {
    timeout: COMMAND_TIMEOUT_MS,
    maxBuffer: OUTPUT_MAX_BYTES,
    ...(cwd === undefined ? {} : { cwd }),
  });
  return stdout;
}

/** The one line of a failed program's output that says why. */
export function reasonOf(thrown: unknown): string {
  const stderr =
    thrown instanceof Error && 'stderr' in thrown && typeof thrown.stderr === 'string'
      ? thrown.stderr
      : '';
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  const telling = lines.find((line) => /^(E:|npm error (?!code)|.*\b(fatal|error)\b)/i.test(line));
  return telling ?? lines.at(-1) ?? (thrown instanceof Error ? thrown.message : String(thrown));
}
