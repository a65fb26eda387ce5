/** A piece of a report. Every text in it may come from outside. */
export type ReportBlock =
  | { readonly heading: string }
  | { readonly facts: readonly (readonly [name: string, value: string])[] }
  | { readonly columns: readonly string[]; readonly rows: readonly (readonly string[])[] }
  /** Shown as it is, in lines. */
  | { readonly verbatim: string };

export interface ReportDocument {
  readonly title: string;
  readonly blocks: readonly ReportBlock[];
}

export const reportFormats = ['markdown', 'html'] as const;
export type ReportFormat = (typeof reportFormats)[number];

export const mediaTypes: Readonly<Record<ReportFormat, string>> = {
  markdown: 'text/markdown; charset=utf-8',
  html: 'text/html; charset=utf-8',
};

export function render(document: ReportDocument, format: ReportFormat): string {
  return format === 'html' ? toHtml(document) : toMarkdown(document);
}

/** What a terminal or a reader's eye could be led astray with: controls, and turns of direction. */
const UNSEEN = /[^\P{Cc}\n\t]|[\p{Bidi_Control}\ufeff]/gu;
const visible = (text: string) => text.toWellFormed().replace(UNSEEN, '\ufffd');
const oneLine = (text: string) => visible(text.replace(/\s+/g, ' ').trim());

function toMarkdown({ title, blocks }: ReportDocument): string {
  const parts = [`# ${inline(title)}`, ...blocks.map(markdownOf)];
  return `${parts.join('\n\n')}\n`;
}

function markdownOf(block: ReportBlock): string {
  if ('heading' in block) return `## ${inline(block.heading)}`;
  if ('facts' in block) {
    return block.facts.map(([name, value]) => `- **${inline(name)}** ${inline(value)}`).join('\n');
  }
  if ('verbatim' in block) return fenced(visible(block.verbatim));
  const line = (cells: readonly string[]) => `| ${cells.map(inline).join(' | ')} |`;
  return [
    line(block.columns),
    line(block.columns).replace(/[^|]+/g, ' --- '),
    ...block.rows.map(line),
  ].join('\n');
}

/**
 * What means something within a line, and what makes links of addresses. It never begins a line.
 * https://spec.commonmark.org/0.31.2/#backslash-escapes
 * https://github.github.com/gfm/#autolinks-extension-
 */
const MEANINGFUL = /[\\`*_{}[\]<>#|&~!@/$]|(?<=www)\./gi;
const inline = (text: string) => oneLine(text).replace(MEANINGFUL, '\\$&');

/** The fence is longer than any within: https://spec.commonmark.org/0.31.2/#fenced-code-blocks */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}text\n${text}\n${fence}`;
}

/** A page that runs nothing and fetches nothing, whatever stands in it. */
function toHtml({ title, blocks }: ReportDocument): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; } th, td { text-align: left; vertical-align: top; padding: .2rem .6rem; border-bottom: 1px solid #ccc; }
pre { background: #f4f4f4; padding: .6rem; white-space: pre-wrap; overflow-wrap: anywhere; }
dt { font-weight: 600; }
</style>
</head>
<body>
<h1>${escaped(title)}</h1>
${blocks.map(htmlOf).join('\n')}
</body>
</html>
`;
}

function htmlOf(block: ReportBlock): string {
  if ('heading' in block) return `<h2>${escaped(block.heading)}</h2>`;
  if ('verbatim' in block) return `<pre>${entities(visible(block.verbatim))}</pre>`;
  if ('facts' in block) {
    const items = block.facts.map(
      ([name, value]) => `<dt>${escaped(name)}</dt><dd>${escaped(value)}</dd>`,
    );
    return `<dl>\n${items.join('\n')}\n</dl>`;
  }
  const row = (cells: readonly string[], tag: string) =>
    `<tr>${cells.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`;
  const rows = [row(block.columns, 'th'), ...block.rows.map((cells) => row(cells, 'td'))];
  return `<table>\n${rows.join('\n')}\n</table>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const entities = (text: string) => text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);
const escaped = (text: string) => entities(oneLine(text));
