import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The host's own Debian mirror, as one source of another suite. */
export interface DebianMirror {
  readonly uri: string;
  /** `Signed-By` as the host has it: a keyring's path or an inline key. */
  readonly signedBy: string | undefined;
}

/** Reads apt's configured sources, in both their formats. */
export async function hostDebianMirror(aptDir = '/etc/apt'): Promise<DebianMirror | undefined> {
  const parts = join(aptDir, 'sources.list.d');
  const names = (await readdir(parts).catch(() => [])).toSorted();
  for (const file of [join(aptDir, 'sources.list'), ...names.map((name) => join(parts, name))]) {
    const text = await readFile(file, 'utf8').catch(() => '');
    const found = file.endsWith('.sources')
      ? inStanzas(text)
      : file.endsWith('.list')
        ? inLines(text)
        : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

// Security and third-party archives have other paths and lack the suites of the main one.
const isMainArchive = (uri: string): boolean => /\/debian\/?$/.test(uri);

function inStanzas(text: string): DebianMirror | undefined {
  const withoutComments = text.replaceAll(/^#.*\n?/gm, '');
  for (const stanza of withoutComments.split(/\n\s*\n/)) {
    const field = (name: string): string | undefined =>
      new RegExp(`^${name}:[ \\t]*(.*(?:\\n[ \\t].*)*)`, 'im').exec(stanza)?.[1];
    const uri = field('URIs')?.split(/\s+/).find(isMainArchive);
    const isOn = field('Enabled')?.trim() !== 'no' && /\bdeb\b/.test(field('Types') ?? '');
    if (uri !== undefined && isOn) return { uri, signedBy: field('Signed-By') };
  }
  return undefined;
}

function inLines(text: string): DebianMirror | undefined {
  for (const line of text.split('\n')) {
    const match = /^deb\s+(?:\[(.*?)\]\s+)?(\S+)/.exec(line.trim());
    const uri = match?.[2];
    if (uri === undefined || !isMainArchive(uri)) continue;
    return { uri, signedBy: /signed-by=(\S+)/i.exec(match?.[1] ?? '')?.[1] };
  }
  return undefined;
}
