import { resolve } from 'node:path';

/** How the commands are called in a shell in `folder` so that they find what runs in `home`. */
export function clientCommand(home: string, folder: string): string {
  if (resolve(home) === resolve(folder, '.signalbox')) return 'npx signalbox';
  return `SIGNALBOX_HOME=${quoted(home)} npx signalbox`;
}

function quoted(path: string): string {
  return /^[\w@%+:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
