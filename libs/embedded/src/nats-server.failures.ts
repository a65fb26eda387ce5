/** Says in one line why a nats-server with this output ended at its start. */
export function explainNats(
  output: readonly string[],
  { port, storeDir }: { port: number; storeDir: string },
): string {
  const text = output.join('\n');
  if (text.includes('address already in use')) return `port ${port} is in use`;
  if (text.includes('no space left on device')) return `the disk that holds ${storeDir} is full`;
  if (text.includes('permission denied')) return `${storeDir} is not writable`;
  const last =
    output.findLast((line) => /\[(FTL|ERR)\]|^nats-server: /.test(line)) ?? output.at(-1);
  return withoutStamp(last ?? 'it wrote nothing');
}

/**
 * The line in which a nats-server says that it left out a stream it could not read. It starts all
 * the same, and a stream provisioned anew would then take the place of the damaged one. A missing
 * metafile is no damage: a stream whose creation was cut short looks like that.
 */
export function damageIn(output: readonly string[]): string | undefined {
  const line = output.find((text) =>
    /checksums do not match|reading (Stream )?metafile|unmarshalling stream|recreating stream/.test(
      text,
    ),
  );
  return line === undefined ? undefined : withoutStamp(line);
}

function withoutStamp(line: string): string {
  return line.replace(/^\[\d+\] \S+ \S+ \[\w+\]\s+/, '');
}
