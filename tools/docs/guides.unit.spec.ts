import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../../docs/guides');
const examples = readdirSync(join(folder, 'examples'));
const pages = readdirSync(folder)
  .filter((name) => name.endsWith('.md'))
  .map((name) => readFileSync(join(folder, name), 'utf8'));

/** What stands in the fenced blocks of a page. */
const blocksOf = (page: string) =>
  [...page.matchAll(/^```\w*\n(.*?)^```$/gms)].map(([, text]) => text);

it.each(examples)('a guide shows the example %s as it is run', (name) => {
  const text = readFileSync(join(folder, 'examples', name), 'utf8');
  expect(pages.flatMap(blocksOf)).toContain(text);
});
