import { AppError, type FieldProblem, type Json } from '@signalbox/kernel';
import { readFile } from 'node:fs/promises';
import { isMap, isNode, isSeq, LineCounter, parseDocument, type Document } from 'yaml';
import type { CommandContext } from '../commands/context.ts';
import { usage } from '../commands/usage.ts';

/** Rules as a file holds them: `rules:` and a list, in YAML or JSON, names as on the wire. */
export interface RulesFile {
  readonly rules: readonly Json[];
  /** An error of the server about `rules.3.priority`, told by file, line and rule. */
  locate(error: AppError): AppError;
}

/**
 * @param path `-` for the standard input.
 * @throws AppError `invalid` naming file and line.
 */
export async function readRulesFile(path: string, context: CommandContext): Promise<RulesFile> {
  const text =
    path === '-' ? new TextDecoder().decode(await context.readInput()) : await textOf(path);
  return parseRulesFile(text, path === '-' ? 'standard input' : path);
}

export function parseRulesFile(text: string, name: string): RulesFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${name}:${line}:${col}`;
  };
  const malformed = document.errors.map(({ pos, message }) => ({
    field: at(pos[0]),
    problem: message,
  }));
  if (malformed.length > 0) throw invalid(malformed);

  const place = (path: readonly (string | number)[]): string => at(offsetOf(document, path));
  const unknown = keysOf(document).filter((key) => key !== 'rules');
  if (unknown.length > 0) {
    throw invalid(
      unknown.map((key) => ({
        field: place([key]),
        problem: `${key} is not known; a rules file has rules`,
      })),
    );
  }
  if (!isSeq(document.get('rules'))) {
    throw invalid([
      { field: place(['rules']), problem: 'a rules file has a list, rules; [] for none' },
    ]);
  }
  const { rules } = plain(document) as { rules: Json[] };
  return {
    rules,
    locate: (error) => {
      if (!error.fields.some(({ field }) => field.startsWith('rules.'))) return error;
      const located = error.fields.map(({ field, problem }) => {
        const path = field.split('.').map((step) => (/^\d+$/.test(step) ? Number(step) : step));
        return { field: place(path), problem: `${inWords(path, rules)}${problem}` };
      });
      return invalid(located, error.code);
    },
  };
}

/** @throws AppError `invalid` for aliases that multiply. */
function plain(document: Document): unknown {
  try {
    return document.toJS();
  } catch (cause) {
    throw invalid([{ field: 'rules', problem: (cause as Error).message }]);
  }
}

/** Where a part of the document begins; where it is missing, the part that should have it. */
function offsetOf(document: Document, path: readonly (string | number)[]): number {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return document.contents?.range?.[0] ?? 0;
}

function keysOf(document: Document): string[] {
  return isMap(document.contents) ? document.contents.items.map(({ key }) => String(key)) : [];
}

/** `rule block_x: priority: ` */
function inWords(
  [, index, ...field]: readonly (string | number)[],
  rules: readonly Json[],
): string {
  const rule = typeof index === 'number' ? rules[index] : undefined;
  const { name } = (typeof rule === 'object' && rule !== null ? rule : {}) as { name?: Json };
  const subject = typeof name === 'string' ? [`rule ${name}`] : [];
  return [...subject, ...field].map((part) => `${part}: `).join('');
}

function invalid(problems: readonly FieldProblem[], code = 'invalid_rules_file'): AppError {
  const [first] = problems;
  const message = `${first?.field}: ${first?.problem}`;
  return new AppError({ code, kind: 'invalid', message, fields: problems });
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw usage(`${path} cannot be read: ${(cause as Error).message}`, cause);
  }
}
