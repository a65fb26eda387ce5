/** Says in one line why PostgreSQL with this output ended at its start. */
export function explainPostgres(
  output: readonly string[],
  { port, dataDir }: { port: number; dataDir: string },
): string {
  const text = output.join('\n');
  if (text.includes('Address already in use')) return `port ${port} is in use`;
  if (/no space left on device/i.test(text)) return `the disk that holds ${dataDir} is full`;
  const detail = /DETAIL:\s+(The data directory was initialized by .*)/.exec(text)?.[1];
  if (detail !== undefined) return `${dataDir} is of another version: ${detail}`;
  const reason = output.find((line) => /\b(FATAL|PANIC|error):/i.test(line)) ?? output.at(-1);
  return `${(reason ?? 'it wrote nothing').replace(/^.*?(FATAL|PANIC|error):\s+/i, '')} (${dataDir})`;
}
