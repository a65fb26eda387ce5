import { dirname, join } from 'node:path/posix';
import type { Check, SourceFile } from './workspace.ts';

const block = /^( *)(```|~~~)[^]*?^\1\2/gm;
const words = /`[^`\n]+`/g;
const link = /\]\(([^()\s]+)\)|^\[[^\]]+\]: +(\S+)/gm;
/** An address of the web, or one that somebody else reads. */
const elsewhere = /^[a-z][a-z+.-]*:/i;

/** A link of a document that leads to no file or folder of the repository, or to none of its headings. */
export const links: Check = (files) => {
  const texts = new Map(files.map(({ path, text }) => [path, text]));
  const folders = new Set(files.flatMap(({ path }) => foldersOf(path)));
  const leadsSomewhere = (from: string, target: string) => {
    const [file = '', heading] = decodeURI(target).split('#');
    const path = file === '' ? from : join(dirname(from), file);
    if (heading !== undefined) return anchorsIn(texts.get(path) ?? '').has(heading);
    return texts.has(path) || folders.has(path.replace(/\/$/, ''));
  };
  return files
    .filter(({ path }) => path.endsWith('.md'))
    .flatMap((file) =>
      targetsIn(file)
        .filter((target) => !elsewhere.test(target) && !leadsSomewhere(file.path, target))
        .map((target) => `${file.path}: links to ${target}, which is not there`),
    );
};

function targetsIn({ text }: SourceFile): readonly string[] {
  return [...text.replace(block, '').replace(words, '').matchAll(link)].map(
    ([, inline, named]) => inline ?? named ?? '',
  );
}

function foldersOf(path: string): readonly string[] {
  const folder = dirname(path);
  return folder === '.' ? [] : [folder, ...foldersOf(folder)];
}

/**
 * What GitHub calls the headings of a document: lower case, hyphens for blanks, other signs left out.
 * https://docs.github.com/en/get-started/writing-on-github/getting-started-with-writing-and-formatting-on-github/basic-writing-and-formatting-syntax#section-links
 */
function anchorsIn(text: string): ReadonlySet<string> {
  const headings = text.replace(block, '').matchAll(/^#{1,6} +(.+?) *$/gm);
  return new Set(
    [...headings].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}_ -]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}
